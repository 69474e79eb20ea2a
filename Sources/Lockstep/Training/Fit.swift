import LockstepCluster
import LockstepCompute
import LockstepLayers

extension Model {
    /// Trains for some epochs: Keras's `fit`.
    ///
    ///     let history = try model.fit(x, y, epochs: 5, batchSize: 128, validationSplit: 0.1)
    ///
    /// Collective: every rank of the job calls it alike and leaves it with the same weights and the same history. The data is the same
    /// on every rank, or on rank 0 alone, where the others pass nil. The result is that of one rank.
    ///
    /// - Parameters:
    ///   - x: inputs, `[samples, …]`; a vector counts as rows of one element.
    ///   - y: targets, `[samples, …]`.
    ///   - epochs: the number of the epoch to stop before; with `initialEpoch` 0 how many to train.
    ///   - batchSize: samples a step, of all ranks together. The last step of an epoch may have fewer.
    ///   - verbose: 0 silent, 1 a progress bar (a line an epoch where the output is no terminal), 2 a line an epoch and in the end what
    ///     the time of a step went to.
    ///   - validationSplit: the part of the samples, the last before any shuffling, that validates and does not train.
    ///   - validationData: samples to validate with; goes before `validationSplit`.
    ///   - shuffle: draw a new order of the training samples for each epoch.
    ///   - classWeight: what the samples of a class count in the training loss, by its number; classes that are not named count 1. The loss
    ///     is divided by the number of samples all the same, as Keras does; metrics and validation know no weights.
    ///   - initialEpoch: the number of the epoch to begin with.
    ///   - reproducibility: under which circumstances weights and history come again to the bit: on the same ranks, or with
    ///     `.acrossRanks(microShards: 8)` on any number of ranks and threads, at a small cost.
    ///   - timeline: a file for what every rank did when, in the first steps, as a trace for chrome://tracing or Perfetto; nil takes the
    ///     one that `LOCKSTEP_TIMELINE` names, if any. Rank 0's counts.
    /// - Throws: on every rank, if anything is wrong on one: `TrainingError`, `LayerError`, `ComputeError`, `ClusterError`.
    @discardableResult
    public func fit(
        _ x: Tensor?, _ y: Tensor?, epochs: Int = 1, batchSize: Int = 32, verbose: Int = 1, validationSplit: Double = 0,
        validationData: (x: Tensor?, y: Tensor?)? = nil, shuffle: Bool = true,
        classWeight: [Int: Double]? = nil, initialEpoch: Int = 0, reproducibility: Reproducibility = .onSameRanks, timeline: String? = nil
    ) throws -> History {
        let coordinator = Coordinator(communicator: try communicator())
        try coordinator.agree {
            try check(batchSize: batchSize, verbose: verbose)
            try require(epochs >= 0, "epochs", "0 or more", epochs)
            try require(initialEpoch >= 0, "initialEpoch", "0 or more", initialEpoch)
            try require(validationSplit >= 0 && validationSplit < 1, "validationSplit", "from 0 to below 1", validationSplit)
        }
        let (training, runtime) = try admit(
            x, y, call: "fit", hasTargets: true, trains: true, reproducibility: reproducibility,
            common: [
                ("batchSize", "\(batchSize)"), ("epochs", "\(epochs)"), ("validationSplit", "\(validationSplit)"),
                ("validationData", "\(validationData != nil)"), ("shuffle", "\(shuffle)"), ("initialEpoch", "\(initialEpoch)"),
                ("classWeight", classWeight.map { "\($0.sorted { $0.key < $1.key })" } ?? ""),
            ])
        defer { runtime.communicator.activity.enter(.program) }
        let samples = training.data.samples
        var trainingRows = 0..<samples
        var validation: (intake: Intake, rows: Range<Int>)?
        if let validationData {
            let intake = try admit(validationData.x, validationData.y, call: "validationData", hasTargets: true, common: []).intake
            validation = (intake, 0..<intake.data.samples)
        } else if validationSplit > 0 {
            let split = Int((Double(samples) * (1 - validationSplit)).rounded(.down))
            guard split > 0, split < samples else { throw TrainingError.validationSplit(samples: samples, received: validationSplit) }
            trainingRows = 0..<split
            validation = (training, split..<samples)
        }
        let classWeights = try coordinator.agree {
            try classWeight.map {
                try ClassWeights(
                    $0, outputs: runtime.outputShape, targets: training.data.targetShape ?? [], data: training.data.targets)
            }
        }
        runtime.backend.announce(verbose: verbose)
        let loop = try FitLoop(
            runtime: runtime, training: training, rows: trainingRows, validation: validation, batchSize: batchSize, epochs: epochs,
            shuffle: shuffle, classWeights: classWeights, verbose: verbose)
        let measurement = try Measurement(runtime, verbose: verbose, timeline: timeline)
        let history = try loop.run(from: initialEpoch)
        try measurement?.report()
        return history
    }

    func check(batchSize: Int, verbose: Int) throws {
        try require(batchSize > 0, "batchSize", "1 or more", batchSize)
        try require((0...2).contains(verbose), "verbose", "0, 1 or 2", verbose)
    }

    func require(_ condition: Bool, _ argument: String, _ requirement: String, _ received: some CustomStringConvertible) throws {
        guard condition else { throw TrainingError.argument(argument, requirement: requirement, received: "\(received)") }
    }
}

/// The epochs of one `fit`.
private final class FitLoop {
    private let runtime: Runtime
    private let training: Intake
    private let feed: Feed
    private let targetShape: Shape
    private let validation: (intake: Intake, feed: Feed)?
    private let names: [String]
    private let epochs: Int
    private let shuffle: Bool
    private let classWeights: ClassWeights?
    private let verbose: Int

    init(
        runtime: Runtime, training: Intake, rows: Range<Int>, validation: (intake: Intake, rows: Range<Int>)?, batchSize: Int, epochs: Int,
        shuffle: Bool, classWeights: ClassWeights?, verbose: Int
    ) throws {
        guard let compilation = runtime.compilation else { throw TrainingError.notCompiled(call: "fit") }
        self.runtime = runtime
        self.training = training
        self.epochs = epochs
        self.shuffle = shuffle
        self.classWeights = classWeights
        self.verbose = verbose
        names = compilation.names
        targetShape = training.data.targetShape ?? []
        feed = Feed(training.data, rows: rows, batchSize: batchSize, of: runtime)
        self.validation = validation.map {
            ($0.intake, Feed($0.intake.data, rows: $0.rows, batchSize: batchSize, of: runtime))
        }
    }

    func run(from initialEpoch: Int) throws -> History {
        let reported = names + (validation == nil ? [] : names.map { "val_" + $0 })
        var history = History(names: reported, params: ["epochs": epochs, "steps": feed.plan.steps, "verbose": verbose])
        runtime.epochSeconds = []
        for epoch in initialEpoch..<max(initialEpoch, epochs) {
            let start = monotonicSeconds()
            let progress = Progress(names: reported, steps: feed.plan.steps, verbose: verbose)
            runtime.coordinator.report { progress.begin(epoch: epoch, of: epochs) }
            var values = try train(epoch, progress)
            if let (intake, feed) = validation {
                values += try runtime.evaluate(feed, targetShape: intake.data.targetShape ?? [], metrics: intake.metrics)
            }
            try runtime.checkWeights(after: epoch)
            let record = try runtime.coordinator.decide { EpochRecord(values: values) }
            history.append(epoch: epoch, record.values)
            runtime.coordinator.report { progress.end(record.values) }
            runtime.epochSeconds.append(monotonicSeconds() - start)
        }
        return history
    }

    /// One epoch of steps; the means of loss and metrics over its samples.
    private func train(_ epoch: Int, _ progress: Progress) throws -> [Double] {
        let plan = try runtime.coordinator.decide {
            // Keyed by the steps so far, which another fit does not begin anew.
            let stream = RandomStream(
                seed: runtime.network.context.seed, purpose: .shuffle, step: runtime.trainer?.steps ?? 0)
            return EpochPlan(order: shuffle ? stream.permutation(of: feed.plan.samples) : nil)
        }
        var sums = [Double](repeating: 0, count: names.count)
        try runtime.crew.together {
            try feed.pass(order: plan.order) { step in
                try runtime.trainStep(
                    step, epoch: epoch, of: feed, targetShape: targetShape, metrics: training.metrics, classWeights: classWeights)
                for index in sums.indices { sums[index] += runtime.totals.values[index] }
                if verbose == 1 {
                    let rows = feed.plan.batch(step).upperBound * runtime.positions
                    runtime.coordinator.report { progress.update(step: step + 1, sums: sums, rows: rows) }
                }
            }
        }
        return sums.map { $0 / Double(feed.plan.samples * runtime.positions) }
    }
}
