import Foundation
import Lockstep

/// Trainings that are interrupted and continue. Oracle: the same training without interruption, to the bit.
let checkpointChecks: [Check] =
    trainings.map { training in
        Check("interrupted anywhere, a training continues to the same bits: \(training.name)") { communicator in
            let expected = try training.run(on: communicator, epochs: 3)
            for batch in training.interruptions {
                try inFolder(communicator) { folder in
                    let interrupted = Interruption(after: batch)
                    try expectThrow("the interruption", { "\($0)".contains("interrupted on purpose") }) {
                        _ = try training.run(
                            on: communicator, epochs: 3, checkpoint: Checkpoint(folder, every: .steps(1)),
                            callbacks: [interrupted])
                    }
                    interrupted.isOver = true
                    let actual = try training.run(
                        on: communicator, epochs: 3, checkpoint: Checkpoint(folder, every: .epochs(1), resume: true),
                        callbacks: [interrupted])
                    try expectSameBits(actual, expected, "interrupted after \(batch) steps")
                }
            }
        }
    } + [
        Check("on another number of ranks, a training continues to the same bits in the mode independent of the ranks")
        { communicator in
            let mode = Reproducibility.acrossRanks(microShards: 8)
            // The last one keeps averages, which replace the weights at the end.
            for training in [trainings[0], trainings[trainings.count - 1]] {
                let expected = try training.run(on: SingleProcess(), epochs: 2, mode: mode)
                // From the ranks to one, and from one to the ranks.
                try inFolder(communicator) { folder in
                    _ = try training.run(
                        on: communicator, epochs: 1, mode: mode, checkpoint: Checkpoint(folder, every: .epochs(1)))
                    try Coordinator(communicator: communicator).once {
                        let resumed = try training.run(
                            on: SingleProcess(), epochs: 2, mode: mode, checkpoint: Checkpoint(folder, resume: true))
                        try expectSameBits(resumed, expected, "on one rank")
                    }
                }
                try inFolder(communicator) { folder in
                    try Coordinator(communicator: communicator).once {
                        _ = try training.run(on: SingleProcess(), epochs: 1, mode: mode, checkpoint: Checkpoint(folder))
                    }
                    let resumed = try training.run(
                        on: communicator, epochs: 2, mode: mode, checkpoint: Checkpoint(folder, resume: true))
                    try expectSameBits(resumed, expected, "on \(communicator.size) ranks")
                }
            }
        },
        Check("on the same ranks and on others, states that go from batch to batch continue to the same bits") {
            communicator in
            let mode = Reproducibility.acrossRanks(microShards: 8)
            func run(
                on communicator: any Communicator, _ checkpoint: Checkpoint? = nil, _ callbacks: [any Callback] = []
            ) throws -> Outcome {
                let layers: [any Layer] = [
                    InputLayer([2, 3], batchSize: 5), LSTM(4, returnSequences: true, stateful: true),
                    GRU(3, stateful: true), Dense(2),
                ]
                let model = Sequential(layers, seed: 7, communicator: communicator)
                try model.compile(optimizer: .adam, loss: .mse)
                let history = try model.fit(
                    sample([15, 2, 3], seed: 1), sample([15, 2], seed: 2), epochs: 3, batchSize: 5, verbose: 0,
                    shuffle: false, reproducibility: mode,
                    callbacks: callbacks.isEmpty ? [Interruption(after: .max)] : callbacks, checkpoint: checkpoint)
                return Outcome(history: history, weights: try model.weights)
            }
            let expected = try run(on: SingleProcess())
            try inFolder(communicator) { folder in
                try expectThrow("the interruption", { "\($0)".contains("interrupted on purpose") }) {
                    _ = try run(on: communicator, Checkpoint(folder, every: .steps(1)), [Interruption(after: 4)])
                }
                try Coordinator(communicator: communicator).once {
                    let checkpoint = Checkpoint(folder, every: .epochs(9), resume: true)
                    try expectSameBits(try run(on: SingleProcess(), checkpoint), expected, "on one rank")
                }
            }
            try inFolder(communicator) { folder in
                try Coordinator(communicator: communicator).once {
                    try expectThrow("the interruption", { "\($0)".contains("interrupted on purpose") }) {
                        _ = try run(on: SingleProcess(), Checkpoint(folder, every: .steps(1)), [Interruption(after: 4)])
                    }
                }
                let resumed = try run(on: communicator, Checkpoint(folder, every: .steps(1), resume: true))
                try expectSameBits(resumed, expected, "on \(communicator.size) ranks")
            }
        },
        Check("checkpoints of another training are refused, the last few are kept, a damaged one is skipped") {
            communicator in
            let training = trainings[0]
            let coordinator = Coordinator(communicator: communicator)
            try inFolder(communicator) { folder in
                func files() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() }
                let trained = try training.run(
                    on: communicator, epochs: 2, checkpoint: Checkpoint(folder, every: .steps(1), keep: 2))
                // The weights alone can be read from it too.
                let model = Sequential(training.layers(), communicator: communicator)
                try model.loadWeights("\(folder)/checkpoint-000000008.safetensors")
                try expect(try model.weights == trained.weights, "weights from a checkpoint")
                try coordinator.once { try expect(try files().count == 2, "more or fewer files than 2 are kept") }
                try expectThrow(
                    "present", { "\($0)".contains("\(folder) holds checkpoints of a training before this one") }
                ) {
                    _ = try training.run(on: communicator, epochs: 2, checkpoint: Checkpoint(folder))
                }
                for (what, other) in [
                    (
                        "batchSize, so it cannot go on from there: that had 13, this has 9",
                        { try training.run(on: communicator, epochs: 4, batchSize: 9, checkpoint: $0) }
                    ),
                    ("data, so it", { try training.run(on: communicator, epochs: 4, samples: 40, checkpoint: $0) }),
                    ("optimizer, so it", { try trainings[1].run(on: communicator, epochs: 4, checkpoint: $0) }),
                ] as [(String, (Checkpoint) throws -> Outcome)] {
                    try expectThrow("another training", { "\($0)".contains("is of a training with another \(what)") }) {
                        _ = try other(Checkpoint(folder, resume: true))
                    }
                }
                // Changes one bit of the newest file.
                try coordinator.once {
                    let newest = "\(folder)/\(try files().last ?? "")"
                    var bytes = try Data(contentsOf: URL(filePath: newest))
                    bytes[bytes.count / 2] ^= 4
                    try bytes.write(to: URL(filePath: newest))
                }
                let actual = try training.run(on: communicator, epochs: 3, checkpoint: Checkpoint(folder, resume: true))
                try expectSameBits(
                    actual, try training.run(on: communicator, epochs: 3), "from the one before the damaged one")
            }
        },
        Check("a folder that cannot be written to is an error on all ranks, before training") { communicator in
            try inFolder(communicator) { folder in
                let coordinator = Coordinator(communicator: communicator)
                try coordinator.once { try Data().write(to: URL(filePath: folder + "/file")) }
                try expectThrow("no folder", { "\($0)".contains("\(folder)/file/checkpoints: cannot be written") }) {
                    _ = try trainings[0].run(
                        on: communicator, epochs: 1, checkpoint: Checkpoint(folder + "/file/checkpoints"))
                }
                for (wrong, requirement) in [
                    (Checkpoint(folder, every: .steps(0)), "checkpoint.every must be more than 0"),
                    (Checkpoint(folder, keep: 0), "checkpoint.keep must be 1 or more"),
                ] {
                    try expectThrow("an argument", { "\($0)".contains(requirement) }) {
                        _ = try trainings[0].run(on: communicator, epochs: 1, checkpoint: wrong)
                    }
                }
            }
        },
    ]

/// Something to train. It is small, no number of ranks divides its sizes, and an epoch has 4 steps.
private struct Training: Sendable {
    let name: String
    let optimizer: any Optimizer
    var exchange = ExchangeOptions()
    var isOnRootAlone = false
    var stopsEarly = false
    /// The last step of an epoch, the first, and some between.
    var interruptions = [1, 3, 4, 5, 7]
    let layers: @Sendable () -> [any Layer]

    func run(
        on communicator: any Communicator, epochs: Int, batchSize: Int = 13, samples: Int = 53,
        mode: Reproducibility = .onSameRanks,
        checkpoint: Checkpoint? = nil, callbacks: [any Callback] = []
    ) throws -> Outcome {
        let model = Sequential(layers(), seed: 7, communicator: communicator)
        try model.compile(
            optimizer: optimizer, loss: .categoricalCrossentropy, metrics: [.accuracy], exchange: exchange)
        let (x, y) = task(samples: samples)
        let isHere = communicator.rank == 0 || !isOnRootAlone
        let stopping: [any Callback] =
            stopsEarly ? [try EarlyStopping(patience: 1, mode: .max, restoreBestWeights: true), Cooling()] : []
        let history = try model.fit(
            isHere ? x : nil, isHere ? y : nil, epochs: epochs, batchSize: batchSize, verbose: 0, validationSplit: 0.1,
            reproducibility: mode, callbacks: stopping + (callbacks.isEmpty ? [Interruption(after: .max)] : callbacks),
            checkpoint: checkpoint)
        return Outcome(history: history, weights: try model.weights)
    }
}

private let trainings: [Training] =
    [
        Training(
            name: "Adam, dropout, normalization, a model inside a model", optimizer: Adam(learningRate: 0.01),
            layers: {
                [
                    Sequential([
                        Dense(9, activation: .relu, inputDim: 6),
                        Sequential([BatchNormalization(momentum: 0.8), Dropout(0.3)]),
                    ]),
                    Dense(3, activation: .softmax),
                ]
            }),
        Training(
            name:
                "RMSprop with momentum, averages of weights, gradients accumulated over 3 steps, data on rank 0 alone",
            optimizer: RMSprop(
                momentum: 0.5, centered: true, useEma: true, emaMomentum: 0.7, emaOverwriteFrequency: 2,
                gradientAccumulationSteps: 3), isOnRootAlone: true,
            layers: { [Dense(5, activation: .tanh, inputDim: 6), Dropout(0.2), Dense(3, activation: .softmax)] }),
        Training(
            name: "SGD with momentum, optimizer memory once in the job, stopped early",
            optimizer: SGD(learningRate: 0.1, momentum: 0.9),
            exchange: {
                var options = ExchangeOptions(shardOptimizer: true)
                options.nodeLimit = 2
                return options
            }(), stopsEarly: true,
            layers: { [Dense(40, activation: .relu, inputDim: 6), Dense(3, activation: .softmax)] }),
    ]
    + registeredOptimizers.map { name, optimizer in
        Training(
            name: name, optimizer: optimizer, interruptions: [5],
            layers: { [Dense(11, activation: .tanh, inputDim: 6), Dense(3, activation: .softmax)] })
    }

/// Ends a training like the death of a rank, but in a way that a test survives.
final class Interruption: Callback {
    private let last: Int
    private var batches = 0
    var isOver = false
    let batchInterval: Int? = 1

    init(after last: Int) { self.last = last }

    func onTrainBatchEnd(_ batch: Int, logs: Scores, _ training: TrainingControl) throws {
        batches += 1
        if batches > last, !isOver { throw CheckFailure(description: "interrupted on purpose") }
    }
}

/// Lowers the learning rate with every epoch, and counts how often.
private final class Cooling: Callback {
    private var times = 0.0
    var memory: [String: Double] {
        get { ["times": times] }
        set { times = newValue["times"] ?? 0 }
    }

    func onEpochEnd(_ epoch: Int, logs: Scores, _ training: TrainingControl) {
        times += 1
        training.learningRate = 0.1 / times
    }
}

/// Calls the body with a folder that has the same name on all ranks, and removes it afterwards.
func inFolder(_ communicator: any Communicator, _ body: (String) throws -> Void) throws {
    let own = FileManager.default.temporaryDirectory.appendingPathComponent("lockstep-\(UUID().uuidString)").path
    let folder = String(decoding: try communicator.share(Array(own.utf8), from: 0), as: UTF8.self)
    let coordinator = Coordinator(communicator: communicator)
    try coordinator.once { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }
    defer { try? coordinator.once { try FileManager.default.removeItem(atPath: folder) } }
    try body(folder)
}
