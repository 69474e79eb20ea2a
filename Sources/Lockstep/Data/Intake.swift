import LockstepCluster
import LockstepCompute
import LockstepLayers

/// Data that has passed all checks, on all ranks, with the functions that its shapes decide.
struct Intake {
    let data: DataSet
    let metrics: [MetricFunction]
}

extension Model {
    /// Collective: checks a call's data and arguments on all ranks before anything is computed, and gives all ranks rank 0's state.
    ///
    /// - Parameters:
    ///   - y: the targets; for prediction nil, with `hasTargets` false.
    ///   - trains: whether the call trains.
    ///   - reproducibility: under which circumstances results come again; nil where they always do.
    ///   - common: arguments that must be the same on all ranks, by name.
    /// - Throws: on every rank, if anything is wrong on one.
    func admit(
        _ x: Tensor?, _ y: Tensor?, call: String, hasTargets: Bool, trains: Bool = false, reproducibility: Reproducibility? = nil,
        common: [(name: String, value: String)]
    ) throws -> (intake: Intake, runtime: Runtime) {
        let communicator = try communicator()
        communicator.activity.enter(.preparation)
        let coordinator = Coordinator(communicator: communicator)
        // What the data is called in errors.
        let suffix = call == "validationData" ? " of validationData" : ""
        try coordinator.agree {
            if hasTargets, compilation == nil { throw TrainingError.notCompiled(call: call) }
            if let reproducibility { try check(reproducibility) }
            try checkRows(x, y, call: call, hasTargets: hasTargets, suffix: suffix)
        }
        guard communicator.size > 1 else {
            guard let data = DataSet(x, y) else { throw TrainingError.noData(call: call) }
            let runtime = try runtime(inputShape: data.inputShape)
            let metrics = try check(data, runtime, suffix: suffix, weights: !trains || hasOwnWeights)
            hasOwnWeights = false
            if let reproducibility { try runtime.reproduce(reproducibility, trains: trains) }
            if trains { try prepareTraining(runtime, isNew: false) }
            return (Intake(data: data, metrics: metrics), runtime)
        }
        let mode = [("reproducibility", reproducibility.map { "\($0)" } ?? "")]
        let fields = [("call", call)] + common + mode + description()
        let own = Declaration(
            x: x, y: y, host: communicator.host, common: fields, hasOwnWeights: hasOwnWeights,
            hasTrained: existingRuntime?.trainer != nil || rememberedMemory != nil)
        let verdict = try Declaration.exchange(own, common: fields, call: call, over: communicator)
        let data = verdict.data(x, y)
        let runtime = try runtime(inputShape: data.inputShape)
        let graph = "\(runtime.graph)"
        let same = try communicator.shareAll(withUnsafeBytes(of: fingerprint(of: graph)) { Array($0) })
        try Disagreement(communicator: communicator, hosts: verdict.hosts).check("model", same: same.map { $0 == same[0] }, value: graph)
        let metrics = try coordinator.agree { try check(data, runtime, suffix: suffix, weights: !trains || hasOwnWeights) }
        if verdict.someHaveOwnWeights { try runtime.shareState() }
        hasOwnWeights = false
        if let reproducibility { try runtime.reproduce(reproducibility, trains: trains) }
        if trains { try prepareTraining(runtime, isNew: !verdict.allHaveTrained) }
        return (Intake(data: data, metrics: metrics), runtime)
    }

    private func prepareTraining(_ runtime: Runtime, isNew: Bool) throws {
        try runtime.prepareTraining(isNew: isNew, remembered: rememberedMemory)
        rememberedMemory = nil
    }

    private func checkRows(_ x: Tensor?, _ y: Tensor?, call: String, hasTargets: Bool, suffix: String) throws {
        guard let x else {
            if y != nil { throw TrainingError.noData(call: call) }
            return
        }
        guard x.rowCount > 0, x.count > 0 else {
            throw TrainingError.argument("x" + suffix, requirement: "not empty", received: "\(x.shape)")
        }
        guard hasTargets else { return }
        guard let y else { throw TrainingError.argument("y" + suffix, requirement: "given with x", received: "none") }
        guard x.rowCount == y.rowCount else { throw TrainingError.rowCounts(argument: suffix, x: x.rowCount, y: y.rowCount) }
    }

    /// Checks the data against the model. Where this rank has none, rank 0 checks the values and all the shapes.
    ///
    /// - Parameter weights: whether to check the weights too, which a training that goes on with its own need not.
    private func check(_ data: DataSet, _ runtime: Runtime, suffix: String, weights: Bool) throws -> [MetricFunction] {
        guard data.inputShape == runtime.inputShape else {
            throw TrainingError.inputShape(argument: "x" + suffix, expected: runtime.inputShape, received: data.inputShape)
        }
        try data.inputs?.checkFinite("x" + suffix)
        if weights { try runtime.graph.checkFiniteWeights() }
        guard let compilation, let shape = data.targetShape else { return [] }
        if let targets = data.targets {
            return try compilation.functions(outputs: runtime.outputShape, targets: targets, argument: "y" + suffix)
        }
        return try compilation.functions(outputs: runtime.outputShape, targetRow: shape)
    }

    /// What was compiled, which must be the same on all ranks.
    func description() -> [(name: String, value: String)] {
        [
            ("optimizer", compilation.map { comparedText($0.optimizer) } ?? ""), ("loss", compilation.map { comparedText($0.loss) } ?? ""),
            ("metrics", compilation.map { "\($0.metrics)" } ?? ""), ("exchange", compilation.map { "\($0.exchange)" } ?? ""),
            ("seed", givenSeed.map { "\($0)" } ?? ""),
        ]
    }
}
