import LockstepCluster
import LockstepCompute
import LockstepLayers

/// Data that has passed all checks on all ranks, with the computation for its shapes.
struct CheckedData {
    let data: DataSet
    let computation: Computation
}

extension Tensor {
    /// - Throws: `TrainingError.elements` for a number that the type does not hold.
    fileprivate func converted(to type: DataType, argument: String) throws(TrainingError) -> Tensor {
        do { return try converted(to: type) } catch { throw .elements(argument: argument, error) }
    }
}

extension DataSet {
    /// The number of dimensions of some targets, with that of the samples.
    func targetRank(_ index: Int) -> Int {
        given?.targets[index].shape.rank ?? shapes.targets[index].rank + 1
    }
}

/// The data of a call of a model, on this rank.
struct CallData {
    let x: (any TensorGroup)?
    var y: (any TensorGroup)?
    var weights: (any TensorGroup)?
    /// Whether the call takes targets; prediction does not.
    var hasTargets = true
}

extension Model {
    /// Collective: checks a call's data and arguments on all ranks before anything is computed, and gives all ranks
    /// rank 0's state.
    ///
    /// - Parameters:
    ///   - trains: whether the call trains.
    ///   - reproducibility: of the call; nil for calls that always give the same bits.
    ///   - common: arguments that must be the same on all ranks, by name.
    /// - Throws: on every rank, if anything is wrong on one.
    func prepare(
        _ given: CallData, call: String, trains: Bool = false, reproducibility: Reproducibility? = nil,
        common: [(name: String, value: String)]
    ) throws -> (checked: CheckedData, runtime: Runtime) {
        let communicator = try communicator()
        communicator.activity.enter(.preparation)
        let coordinator = Coordinator(communicator: communicator)
        // For errors.
        let suffix = call == "validationData" ? " of validationData" : ""
        let outer = properties.store
        let store = outer ?? ownStore
        let existing = existingRuntime(in: store)
        let samples = try coordinator.agree {
            if given.hasTargets, compilation == nil { throw TrainingError.notCompiled(call: call) }
            if trains, let outer {
                throw TrainingError.inside(model: name, other: outer.name, call: call)
            }
            if let reproducibility { try check(reproducibility) }
            return try checkedSamples(given, existing, call: call, suffix: suffix)
        }
        guard communicator.size > 1 else {
            guard let samples else { throw TrainingError.noData(call: call) }
            let runtime = try runtime(existing, inputShape: DataSet.rowShape(samples.inputs[0]))
            // Known shapes allocate nothing.
            let data: DataSet
            if runtime.takesText {
                let text = DataSet(
                    place: .everywhere, samples: samples.inputs[0].rowCount, shapes: samples.shapes, given: samples)
                data = try runtime.numbered(text, suffix: suffix)
            } else {
                let shapes = runtime.computations.first { samples.has($0.shapes) }?.shapes ?? samples.shapes
                data = DataSet(
                    place: .everywhere, samples: samples.inputs[0].rowCount, shapes: shapes, given: samples)
            }
            let checked = try check(data, runtime, suffix: suffix, weights: !trains || store.hasOwnWeights)
            store.hasOwnWeights = false
            if let reproducibility { try runtime.reproduce(reproducibility, trains: trains) }
            if trains { try prepareTraining(runtime, isNew: false) }
            return (checked, runtime)
        }
        let mode = [("reproducibility", reproducibility.map { "\($0)" } ?? "")]
        let fields = [("call", call)] + common + mode + description()
        let own = Declaration(
            samples, host: communicator.host, common: fields, hasOwnWeights: store.hasOwnWeights,
            hasTrained: existing?.trainer != nil || rememberedMemory != nil)
        let verdict = try Declaration.exchange(own, common: fields, call: call, over: communicator)
        var data = verdict.data(samples)
        let runtime = try runtime(existing, inputShape: data.shapes.inputs[0])
        let graph = "\(runtime.graph)"
        let same = try communicator.shareAll(withUnsafeBytes(of: fingerprint(of: graph)) { Array($0) })
        try Disagreement(communicator: communicator, hosts: verdict.hosts).check(
            "model", same: same.map { $0 == same[0] }, value: graph)
        if runtime.takesText { data = try runtime.numbered(data, suffix: suffix) }
        let checked = try coordinator.agree {
            try check(data, runtime, suffix: suffix, weights: !trains || store.hasOwnWeights)
        }
        if verdict.someHaveOwnWeights { try runtime.shareState() }
        store.hasOwnWeights = false
        if let reproducibility { try runtime.reproduce(reproducibility, trains: trains) }
        if trains { try prepareTraining(runtime, isNew: !verdict.allHaveTrained) }
        return (checked, runtime)
    }

    private func prepareTraining(_ runtime: Runtime, isNew: Bool) throws {
        try runtime.prepareTraining(isNew: isNew, remembered: rememberedMemory)
        rememberedMemory = nil
    }

    /// The given tensors, in the order of the model's inputs and outputs; nil if there are none.
    private func checkedSamples(
        _ given: CallData, _ runtime: Runtime?, call: String, suffix: String
    ) throws -> GivenSamples? {
        guard let x = given.x else {
            if given.y != nil { throw TrainingError.noData(call: call) }
            return nil
        }
        let names = try runtime?.inputNames ?? inputNames
        let types = try runtime?.inputTypes ?? inputTypes
        var samples = GivenSamples(inputs: try x.tensors(named: names, argument: "x" + suffix))
        for (index, type) in types.enumerated() where samples.inputs[index].type != type {
            let isText = type == .string || samples.inputs[index].type == .string
            let name = isText && names.count > 1 ? "x['\(names[index])']" : "x"
            samples.inputs[index] = try samples.inputs[index].converted(to: type, argument: name + suffix)
        }
        let rows = samples.inputs[0].rowCount
        for input in samples.inputs {
            guard input.rowCount > 0, input.count > 0 else {
                throw TrainingError.argument("x" + suffix, requirement: "not empty", received: "\(input.shape)")
            }
            try require(
                input.rowCount == rows, "x" + suffix, "tensors of as many rows as the first, \(rows)", input.rowCount)
        }
        guard given.hasTargets, let compilation else { return samples }
        if compilation.targetNames.isEmpty {
            try require(
                given.y == nil && given.weights == nil, "y" + suffix,
                "left out, with sampleWeight; targets are inputs of a model with objectives", "tensors")
            return samples
        }
        guard let y = given.y else {
            throw TrainingError.argument("y" + suffix, requirement: "given with x", received: "none")
        }
        samples.targets = try y.tensors(named: compilation.targetNames, argument: "y" + suffix)
        for (index, target) in samples.targets.enumerated() where target.type != .float32 {
            samples.targets[index] = try target.converted(to: .float32, argument: "y" + suffix)
        }
        for target in samples.targets where target.rowCount != rows {
            throw TrainingError.rowCounts(argument: suffix, x: rows, y: target.rowCount)
        }
        guard let weights = given.weights else { return samples }
        if let one = weights as? Tensor {
            samples.weights = [one]
        } else {
            samples.weights = try weights.tensors(named: compilation.targetNames, argument: "sampleWeight" + suffix)
        }
        for (index, weight) in samples.weights.enumerated() where weight.type != .float32 {
            samples.weights[index] = try weight.converted(to: .float32, argument: "sampleWeight" + suffix)
        }
        for weight in samples.weights {
            try require(
                weight.rowCount == rows, "sampleWeight" + suffix, "of as many rows as x, \(rows)", weight.rowCount)
            try weight.checkFinite("sampleWeight" + suffix)
            try weight.checkNotNegative("sampleWeight" + suffix)
        }
        return samples
    }

    /// Checks the data against the model. If this rank has no data, it checks the shapes, and rank 0 the values.
    ///
    /// - Parameter weights: whether to check the model's weights too. A training that continues need not.
    private func check(
        _ data: DataSet, _ runtime: Runtime, suffix: String, weights: Bool
    ) throws -> CheckedData {
        func x(_ index: Int) -> String { runtime.argument(ofInput: runtime.graph.feeds[index].input) + suffix }
        func y(_ scoredOutput: ScoredOutput) -> String {
            (compilation?.scoredOutputs.count == 1 ? "y" : "y['\(scoredOutput.name)']") + suffix
        }
        let computation: Computation
        if let known = runtime.computations.first(where: { $0.suits(data) }) {
            computation = known
        } else {
            for (index, feed) in runtime.graph.feeds.enumerated() {
                let received = data.shapes.inputs[index]
                guard !feed.row.acceptsRow(received) else { continue }
                throw TrainingError.inputShape(argument: x(index), expected: feed.row, received: received)
            }
            let graph = try runtime.graph.traced(
                for: runtime.takesText ? data.shapes.texts : data.shapes.inputs,
                textLengths: runtime.graph.textLengths(data.shapes.inputs))
            computation = runtime.addComputation(
                for: data, graph: graph, functions: try checkTargets(data, graph, suffix: suffix, y: y))
        }
        // By their places, which copies nothing: this runs in every step of a training batch by batch.
        if let given = data.given {
            for index in given.inputs.indices { try given.inputs[index].checkFinite(x(index)) }
        }
        if weights { try runtime.graph.checkFiniteWeights() }
        if let compilation, let given = data.given {
            for index in given.targets.indices {
                let scoredOutput = compilation.scoredOutputs[index]
                try scoredOutput.check(
                    given.targets[index], outputs: computation.outputShapes[scoredOutput.output],
                    argument: y(scoredOutput))
            }
        }
        return CheckedData(data: data, computation: computation)
    }

    private func checkTargets(
        _ data: DataSet, _ graph: Graph, suffix: String, y: (ScoredOutput) -> String
    ) throws -> [any MetricFunction] {
        guard let compilation, !data.shapes.targets.isEmpty else { return [] }
        let scoredOutputs = compilation.scoredOutputs
        for scoredOutput in scoredOutputs {
            try graph.checkMask(ofOutput: scoredOutput.output)
            try graph.checkType(ofOutput: scoredOutput.output)
        }
        let shapes = scoredOutputs.map { graph.scoredShape(ofOutput: $0.output) }
        let rows = try scoredOutputs.enumerated().map { index, scoredOutput in
            let targets = data.given?.targets[index].shape ?? data.shapes.targets[index].rows(data.samples)
            return try scoredOutput.row(of: targets, outputs: shapes[index], argument: y(scoredOutput))
        }
        for (scoredOutput, shape) in zip(scoredOutputs, shapes) where graph.inference.masks[scoredOutput.output] != nil
        {
            try require(
                scoredOutput.loss.positions(outputs: shape).count == shape.count / max(shape.last ?? 1, 1), "loss",
                "one with a loss for each position of the masked output '\(scoredOutput.name)'", scoredOutput.loss.name)
        }
        let functions = try scoredOutputs.scoredMetrics.map { scored in
            try scored.scoredOutput.function(
                of: scored.metric, outputs: shapes[scored.number], targetRow: rows[scored.number])
        }
        for (index, shape) in data.shapes.weights.enumerated() {
            for scoredOutput in data.shapes.weights.count == 1 ? scoredOutputs[...] : scoredOutputs[index...index] {
                let positions = scoredOutput.loss.positions(outputs: graph.scoredShape(ofOutput: scoredOutput.output))
                    .count
                try require(
                    shape.count == 1 || shape.count == positions, "sampleWeight" + suffix,
                    "a number for each sample" + (positions > 1 ? ", or \(positions) for its positions" : ""), shape)
            }
        }
        return functions
    }

    /// A description of the compilation, which must be the same on all ranks.
    func description() -> [(name: String, value: String)] {
        let scoredOutputs = compilation?.scoredOutputs ?? []
        let named = scoredOutputs.count > 1
        func text(_ part: (ScoredOutput) -> String) -> String { scoredOutputs.map(part).joined(separator: ", ") }
        return [
            ("optimizer", compilation.map { $0.optimizers.map(comparedText).joined(separator: ", ") } ?? ""),
            ("objectives", compilation.map { "\($0.names) every \($0.turns.map(\.interval))" } ?? ""),
            ("loss", text { "\(comparedText($0.loss))" + (named ? " times \($0.weight) of '\($0.name)'" : "") }),
            ("metrics", text { "\($0.metrics)" }),
            ("weightedMetrics", text { "\($0.weightedMetrics)" }),
            ("exchange", compilation.map { "\($0.exchange)" } ?? ""),
            ("seed", givenSeed.map { "\($0)" } ?? ""),
        ]
    }
}
