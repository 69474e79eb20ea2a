import LockstepCluster
import LockstepCompute
import LockstepLayers

extension Model {
    /// Trains for some epochs: Keras's `fit`.
    ///
    ///     let history = try model.fit(x, y, epochs: 5, batchSize: 128, validationSplit: 0.1)
    ///
    /// Collective: every rank of the job calls it alike and leaves it with the same weights and the same history. The
    /// data is the same on every rank, or on rank 0 alone, where the others pass nil. The result is that of one rank.
    ///
    /// - Parameters:
    ///   - x: inputs, `[samples, …]`; a vector counts as rows of one element. Of several inputs, a list in the model's
    ///     order or a dictionary by name.
    ///   - y: targets, `[samples, …]`; of several outputs with a loss, a list or a dictionary as `x`.
    ///   - sampleWeight: what samples count in the loss, `[samples]`, or each of their positions,
    ///     `[samples, positions]`; of several outputs, one for all or one for each. The loss is divided by the number
    ///     of samples all the same, as Keras does; metrics know no weights.
    ///   - epochs: the number of the epoch to stop before; with `initialEpoch` 0 how many to train.
    ///   - batchSize: samples a step, of all ranks together. The last step of an epoch may have fewer.
    ///   - verbose: 0 silent, 1 a progress bar (a line an epoch where the output is no terminal), 2 a line an epoch and
    ///     in the end what the time of a step went to, if there are enough steps to tell.
    ///   - validationSplit: the part of the samples, the last before any shuffling, that validates and does not train.
    ///   - validationData: samples to validate with; goes before `validationSplit`.
    ///   - validationSampleWeight: what the samples of `validationData` count in the loss.
    ///   - shuffle: draw a new order of the training samples for each epoch.
    ///   - classWeight: what the samples of a class count in the training loss, by its number; classes that are not
    ///     named count 1. The loss is divided by the number of samples all the same, as Keras does; metrics and
    ///     validation know no weights.
    ///   - initialEpoch: the number of the epoch to begin with.
    ///   - reproducibility: under which circumstances weights and history come again to the bit: on the same ranks, or
    ///     with `.acrossRanks(microShards: 8)` on any number of ranks and threads, at a small cost.
    ///   - callbacks: look on and decide, as `EarlyStopping` does: rank 0's, with the same ones on every rank.
    ///   - checkpoint: where to write down all of the training now and then, so that it can go on after an
    ///     interruption.
    ///   - keepLastGood: keep a copy of the model as it was at the end of the last epoch after which loss and weights
    ///     were finite, for `restoreLastGoodEpoch` to go back to after an error. Costs the memory of the weights and of
    ///     what the optimizer remembers.
    ///   - timeline: a file for what every rank did when, in the first steps, as a trace for chrome://tracing or
    ///     Perfetto; nil takes the one that `LOCKSTEP_TIMELINE` names, if any. Rank 0's counts.
    /// - Throws: on every rank, if anything is wrong on one: `TrainingError`, `LayerError`, `ComputeError`,
    ///   `ClusterError`. The model's `history` then holds the epochs so far.
    @discardableResult
    public func fit(
        _ x: (any TensorGroup)?, _ y: (any TensorGroup)?, sampleWeight: (any TensorGroup)? = nil, epochs: Int = 1,
        batchSize: Int = 32,
        verbose: Int = 1, validationSplit: Double = 0,
        validationData: (x: (any TensorGroup)?, y: (any TensorGroup)?)? = nil,
        validationSampleWeight: (any TensorGroup)? = nil, shuffle: Bool = true, classWeight: [Int: Double]? = nil,
        initialEpoch: Int = 0,
        reproducibility: Reproducibility = .onSameRanks, callbacks: [any Callback] = [], checkpoint: Checkpoint? = nil,
        keepLastGood: Bool = false, timeline: String? = nil
    ) throws -> History {
        let coordinator = Coordinator(communicator: try communicator())
        try coordinator.agree {
            try check(batchSize: batchSize, verbose: verbose)
            try require(epochs >= 0, "epochs", "0 or more", epochs)
            try require(initialEpoch >= 0, "initialEpoch", "0 or more", initialEpoch)
            try require(
                validationSplit >= 0 && validationSplit < 1, "validationSplit", "from 0 to below 1", validationSplit)
            try checkpoint?.validate()
            for interval in callbacks.compactMap(\.batchInterval) {
                try require(interval > 0, "a callback's batchInterval", "1 or more", interval)
            }
        }
        // What decides what a training comes to; how long it goes on comes beside it.
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
                ("keepLastGood", "\(keepLastGood)"),
            ])
        defer { runtime.communicator.activity.enter(.program) }
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
                    runtime.graph.outputs.count == 1, "classWeight", "left out where a model has several outputs", $0)
                return try ClassWeights(
                    $0, outputs: training.computation.outputShapes[0],
                    targets: training.data.shapes.targets[0],
                    data: training.data.given?.targets[0])
            }
        }
        runtime.backend.announce(verbose: verbose)
        let checkpointing = try checkpoint.map { checkpoint in
            let data = training.data.description + (validation.map { " and \($0.checked.data.description)" } ?? "")
            // How gradients come together may change, as the number of ranks may.
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
