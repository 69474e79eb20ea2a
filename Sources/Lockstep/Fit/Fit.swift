import LockstepCluster
import LockstepCompute
import LockstepLayers

extension Model {
    /// Trains for some epochs: Keras's `fit`.
    ///
    ///     let history = try model.fit(x, y, epochs: 5, batchSize: 128, validationSplit: 0.1)
    ///
    /// Collective: every rank of the job calls it with the same arguments. Afterwards all ranks have the same weights
    /// and history: those of a training on one rank. The data is the same on every rank; or rank 0 has it and the
    /// others pass nil.
    ///
    /// - Parameters:
    ///   - x: inputs, `[samples, …]`; a vector has rows of one element. If there are several inputs, a list in the
    ///     model's order or a dictionary by name.
    ///   - y: targets, `[samples, …]`. If several outputs have a loss, a list or a dictionary as for `x`. Nil
    ///     if the model was compiled with objectives.
    ///   - sampleWeight: weights of samples in the loss, `[samples]`, or of each of their positions,
    ///     `[samples, positions]`. If several outputs have a loss, one tensor for all or one for each. As in Keras, the
    ///     loss is divided by the number of samples. Of metrics, only `weightedMetrics` count the weights.
    ///   - epochs: the number of the epoch to stop before. If `initialEpoch` is 0, the number of epochs.
    ///   - batchSize: samples of a step, on all ranks together. The last step of an epoch may have fewer.
    ///   - verbose: 0 is silent. 1 shows a progress bar; if the output is no terminal, a line for each epoch. 2 prints
    ///     a line for each epoch, and at the end what the time of a step was spent on, if there are enough steps.
    ///   - validationSplit: the part of the samples that validates and does not train: the last ones before any
    ///     shuffling.
    ///   - validationData: samples for validation. It replaces `validationSplit`.
    ///   - validationSampleWeight: weights of the samples of `validationData` in the loss.
    ///   - shuffle: whether each epoch has a new order of the training samples.
    ///   - classWeight: weights of samples in the training loss by the number of their class. Other classes have weight
    ///     1. As in Keras, the loss is divided by the number of samples. Of metrics, only `weightedMetrics` count the
    ///     weights, and validation does not.
    ///   - initialEpoch: the number of the epoch to begin with.
    ///   - reproducibility: under which conditions weights and history have the same bits again: on the same ranks, or
    ///     with `.acrossRanks(microShards: 8)` on any number of ranks and threads, at a small cost.
    ///   - callbacks: watch and control the training, such as `EarlyStopping`. Those of rank 0 are called; every rank
    ///     passes the same ones.
    ///   - checkpoint: where to save the state of the training now and then, so that it can continue after an
    ///     interruption.
    ///   - keepLastGood: whether to keep a copy of the model after the last epoch with a finite loss and finite
    ///     weights. `restoreLastGoodEpoch` goes back to it after an error. It costs the memory of the weights and of
    ///     the optimizer's slots.
    ///   - memoryLimit: the most memory that each rank may plan: for its weights, their gradients, what its optimizer
    ///     holds of them, and all tensors of a step of training or validation. Backward then computes tensors again
    ///     that would take too much to keep: cheap ones first, such as activations, then whole blocks of the model. The
    ///     bits stay the same; steps take longer. Data, buffers of the exchange, copies such as those of
    ///     `keepLastGood`, and the program itself need memory besides. So do predictions that a callback makes in larger
    ///     batches. Nil: no limit.
    ///   - timeline: a file for a trace of the first steps of every rank, for chrome://tracing or Perfetto. Nil takes
    ///     the file that `LOCKSTEP_TIMELINE` names, if any. Rank 0's argument counts.
    /// - Throws: on every rank, if anything is wrong on one: `TrainingError`, of which `memoryLimit` tells the smallest
    ///   limit that training can keep, `LayerError`, `ComputeError`,
    ///   `ClusterError`. The model's `history` then holds the epochs so far.
    @discardableResult
    public func fit(
        _ x: (any TensorGroup)?, _ y: (any TensorGroup)? = nil, sampleWeight: (any TensorGroup)? = nil, epochs: Int = 1,
        batchSize: Int = 32,
        verbose: Int = 1, validationSplit: Double = 0,
        validationData: (x: (any TensorGroup)?, y: (any TensorGroup)?)? = nil,
        validationSampleWeight: (any TensorGroup)? = nil, shuffle: Bool = true, classWeight: [Int: Double]? = nil,
        initialEpoch: Int = 0,
        reproducibility: Reproducibility = .onSameRanks, callbacks: [any Callback] = [], checkpoint: Checkpoint? = nil,
        keepLastGood: Bool = false, memoryLimit: MemoryLimit? = nil, timeline: String? = nil
    ) throws -> History {
        let coordinator = Coordinator(communicator: try communicator())
        try coordinator.agree {
            try check(batchSize: batchSize, verbose: verbose)
            try require(epochs >= 0, "epochs", "0 or more", epochs)
            try require(initialEpoch >= 0, "initialEpoch", "0 or more", initialEpoch)
            try require(
                validationSplit >= 0 && validationSplit < 1, "validationSplit", "from 0 to below 1", validationSplit)
            try checkpoint?.validate()
            try require(memoryLimit?.bytes ?? 1 > 0, "memoryLimit", "more than 0 bytes", memoryLimit?.bytes ?? 0)
            for interval in callbacks.compactMap(\.batchInterval) {
                try require(interval > 0, "a callback's batchInterval", "1 or more", interval)
            }
        }
        // The arguments that decide the result of a training. Those that decide its length come after.
        let conditions = [
            ("batchSize", "\(batchSize)"), ("validationSplit", "\(validationSplit)"),
            ("validationData", "\(validationData != nil)"),
            ("shuffle", "\(shuffle)"), ("initialEpoch", "\(initialEpoch)"),
            ("classWeight", classWeight.map { "\($0.sorted { $0.key < $1.key })" } ?? ""),
            ("callbacks", "\(callbacks.map { "\(type(of: $0)) \($0.batchInterval ?? 0)" })"),
        ]
        let (training, runtime) = try prepare(
            CallData(x: x, y: y, weights: sampleWeight), call: "fit", trains: true, reproducibility: reproducibility,
            common: conditions + [
                ("epochs", "\(epochs)"), ("checkpoint", "\(checkpoint.map { "\($0)" } ?? "")"),
                ("keepLastGood", "\(keepLastGood)"), ("memoryLimit", memoryLimit.map { "\($0)" } ?? ""),
            ])
        defer {
            runtime.recomputations = [:]
            runtime.activity.enter(.program)
        }
        let samples = training.data.samples
        var trainingRows = 0..<samples
        var validation: (checked: CheckedData, rows: Range<Int>)?
        if let validationData {
            let data = CallData(x: validationData.x, y: validationData.y, weights: validationSampleWeight)
            let checked = try prepare(data, call: "validationData", common: []).checked
            validation = (checked, 0..<checked.data.samples)
        } else if validationSplit > 0 {
            let split = Int((Double(samples) * (1 - validationSplit)).rounded(.down))
            guard split > 0, split < samples else {
                throw TrainingError.validationSplit(samples: samples, received: validationSplit)
            }
            trainingRows = 0..<split
            validation = (training, split..<samples)
        }
        let classWeights = try coordinator.agree {
            try classWeight.map {
                try require(sampleWeight == nil, "classWeight", "left out where sampleWeight is given", $0)
                try require(
                    compilation?.targetNames.count == 1 && training.computation.outputShapes.count == 1, "classWeight",
                    "left out where a model has several outputs or objectives", $0)
                return try ClassWeights(
                    $0, outputs: training.computation.outputShapes[0],
                    targets: training.data.shapes.targets[0],
                    data: training.data.given?.targets[0])
            }
        }
        runtime.backend.announce(verbose: verbose)
        let checkpointing = try checkpoint.map { checkpoint in
            let data = training.data.description + (validation.map { " and \($0.checked.data.description)" } ?? "")
            // The exchange may change, as the number of ranks may.
            let compiled = description().filter { $0.name != "exchange" }
            let all = conditions + compiled + [("reproducibility", "\(reproducibility)"), ("data", data)]
            return try Checkpointing(
                checkpoint, runtime: runtime,
                conditions: all.map(TrainingCondition.init) + [
                    TrainingCondition(name: "model", value: "\(runtime.graph)")
                ])
        }
        let loop = try FitLoop(
            self, runtime, training: training, rows: trainingRows, validation: validation, batchSize: batchSize,
            epochs: initialEpoch..<max(initialEpoch, epochs), shuffle: shuffle, classWeights: classWeights,
            verbose: verbose,
            callbacks: callbacks, checkpointing: checkpointing, keepsLastGood: keepLastGood)
        if let memoryLimit { try loop.keep(memoryLimit) }
        let measurement = try Measurement(runtime, verbose: verbose, timeline: timeline)
        let history = try loop.run()
        try measurement?.report()
        return history
    }

    func check(batchSize: Int, verbose: Int) throws {
        try require(batchSize > 0, "batchSize", "1 or more", batchSize)
        try require((0...2).contains(verbose), "verbose", "0, 1 or 2", verbose)
    }

    func require(
        _ condition: Bool, _ argument: @autoclosure () -> String, _ requirement: @autoclosure () -> String,
        _ received: @autoclosure () -> some CustomStringConvertible
    ) throws {
        guard condition else {
            throw TrainingError.argument(argument(), requirement: requirement(), received: "\(received())")
        }
    }
}
