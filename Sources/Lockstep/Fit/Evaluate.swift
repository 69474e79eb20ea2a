import LockstepCluster
import LockstepCompute
import LockstepLayers

extension Model {
    /// The loss and the metrics of some samples, without dropout: Keras's `evaluate`.
    ///
    /// Collective: the samples are sharded over the ranks, and every rank gets the exact means over all of them.
    ///
    /// - Parameters: as those of `fit`.
    /// - Throws: on every rank, if anything is wrong on one.
    @discardableResult
    public func evaluate(
        _ x: (any TensorGroup)?, _ y: (any TensorGroup)? = nil, sampleWeight: (any TensorGroup)? = nil,
        batchSize: Int = 32,
        verbose: Int = 1,
        reproducibility: Reproducibility = .onSameRanks
    ) throws -> Scores {
        let coordinator = Coordinator(communicator: try communicator())
        try coordinator.agree { try check(batchSize: batchSize, verbose: verbose) }
        let (checked, runtime) = try prepare(
            CallData(x: x, y: y, weights: sampleWeight), call: "evaluate", reproducibility: reproducibility,
            common: [("batchSize", "\(batchSize)")])
        defer { runtime.activity.enter(.program) }
        runtime.backend.announce(verbose: verbose)
        let feed = Feed(checked.data, rows: 0..<checked.data.samples, batchSize: batchSize, of: runtime)
        let names = compilation?.names ?? []
        let progress = Progress(names: names, steps: feed.plan.steps, verbose: verbose)
        coordinator.report { progress.begin() }
        let values = try runtime.evaluate(feed, checked) { step in
            if verbose == 1 { coordinator.report { progress.update(step: step + 1) } }
        }
        coordinator.report { progress.end(values) }
        return Scores(names: names, values: values)
    }

    /// The output for some inputs, `[samples, …]`, in their order: Keras's `predict`.
    ///
    /// Collective: the samples are sharded over the ranks, and every rank gets all rows. The model need not be
    /// compiled. A row's output is the same to the bit on any number of ranks and threads.
    ///
    /// - Parameters: as those of `fit`.
    /// - Throws: on every rank, if anything is wrong on one; `TrainingError.argument` if the model has several outputs,
    ///   which `predictOutputs` gives.
    public func predict(_ x: (any TensorGroup)?, batchSize: Int = 32, verbose: Int = 0) throws -> Tensor {
        let outputs = try outputNames
        try require(
            outputs.count == 1, "the model of predict", "one with a single output; call predictOutputs", outputs)
        return try predictOutputs(x, batchSize: batchSize, verbose: verbose)[0]
    }

    /// All outputs for some inputs, each `[samples, …]`, in the model's order.
    ///
    /// Collective: as `predict`.
    public func predictOutputs(_ x: (any TensorGroup)?, batchSize: Int = 32, verbose: Int = 0) throws -> [Tensor] {
        let coordinator = Coordinator(communicator: try communicator())
        try coordinator.agree { try check(batchSize: batchSize, verbose: verbose) }
        let (checked, runtime) = try prepare(
            CallData(x: x, hasTargets: false), call: "predict", common: [("batchSize", "\(batchSize)")])
        let communicator = runtime.communicator
        defer { communicator.activity.enter(.program) }
        let feed = Feed(checked.data, rows: 0..<checked.data.samples, batchSize: batchSize, of: runtime)
        let progress = Progress(names: [], steps: feed.plan.steps, verbose: verbose)
        coordinator.report { progress.begin() }
        let network = checked.computation.network
        let specs = checked.computation.graph.outputSpecs.prefix(checked.computation.outputShapes.count)
        let results = specs.map {
            Tensor.zeros($0.shape.rows(checked.data.samples), type: $0.type)
        }
        try runtime.crew.together {
            try feed.pass { step in
                communicator.activity.enter(.prediction, step: step + 1)
                let plan = network.plan(rows: feed.shard(step).count, .inference)
                try feed.load(step, into: plan.inputs)
                runtime.beginInference(step, of: feed)
                try runtime.takeStates(of: plan, step, of: feed)
                try runtime.forward(plan, of: network)
                network.renewStates(plan)
                let shards = (0..<communicator.size).map {
                    feed.plan.shard(step, rank: $0, size: communicator.size).count
                }
                for (output, result) in zip(plan.outputs, results) {
                    let row = result.shape.row.count
                    try communicator.allGather(
                        output.bits, counts: shards.map { $0 * row },
                        into: result.rows(feed.plan.batch(step)).bits)
                }
                if verbose == 1 { coordinator.report { progress.update(step: step + 1) } }
            }
        }
        try runtime.checkData()
        coordinator.report { progress.end([]) }
        return results
    }
}
