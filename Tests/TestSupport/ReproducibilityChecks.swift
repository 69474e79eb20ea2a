import Lockstep

/// The mode in which results do not depend on the number of ranks. Oracle: the same training in one process with two
/// threads, to the bit.
let reproducibilityChecks: [Check] =
    trials.map { trial in
        Check("the bits of one rank: \(trial.name)") { communicator in
            for microShards in [8, 5, 1] {
                let mode = Reproducibility.acrossRanks(microShards: microShards)
                let expected = try trial.train(SingleProcess(), mode, threads: 2)
                for threads in [1, 2] {
                    let actual = try trial.train(communicator, mode, threads: threads)
                    try expectSameBits(actual, expected, "\(microShards) micro-shards, \(threads) threads")
                }
            }
        }
    }
    + registeredOptimizers.map { name, optimizer in
        Check("the bits of one rank: \(name)") { communicator in
            let trial = Trial(
                name: name, samples: 45,
                layers: {
                    [
                        Dense(23, activation: .tanh, kernelConstraint: .maxNorm(1.5), inputDim: 6), Dense(9),
                        Dense(3, activation: .softmax),
                    ]
                }, optimizer: optimizer, data: { task(samples: $0) })
            let mode = Reproducibility.acrossRanks(microShards: 8)
            let expected = try trial.train(SingleProcess(), mode, threads: 2)
            for (way, options) in [
                ("as chosen", ExchangeOptions()),
                ("the optimizer once", nodes(of: 2, ExchangeOptions(bucketBytes: 500, shardOptimizer: true))),
            ] {
                try expectSameBits(
                    try trial.train(communicator, mode, exchange: options, threads: 1), expected, way)
            }
        }
    }
    + [
        Check("the bits of one rank: every way to exchange") { communicator in
            let mode = Reproducibility.acrossRanks(microShards: 8)
            for trial in trials.prefix(2) {
                let expected = try trial.train(SingleProcess(), mode, threads: 1)
                for (name, options) in try waysToExchange(communicator) {
                    try expectSameBits(
                        try trial.train(communicator, mode, exchange: options), expected, "\(trial.name), \(name)")
                }
            }
        },
        Check(
            "the bits of one rank: data on rank 0, accumulated gradients, single batches, fewer samples than micro-shards"
        ) {
            communicator in
            let mode = Reproducibility.acrossRanks(microShards: 8)
            let (x, y) = task(samples: 45)
            func train(_ communicator: any Communicator) throws -> (Outcome, [Double]) {
                let isHere = communicator.rank == 0
                let model = Sequential(
                    [Dense(9, activation: .tanh, inputDim: 6), BatchNormalization(), Dense(3, activation: .softmax)],
                    seed: 3,
                    communicator: communicator)
                try model.compile(
                    optimizer: Adam(learningRate: 0.02, gradientAccumulationSteps: 3), loss: .categoricalCrossentropy,
                    metrics: [.accuracy])
                let history = try model.fit(
                    isHere ? x : nil, isHere ? y : nil, epochs: 3, batchSize: 10, verbose: 0, reproducibility: mode)
                var values: [Double] = []
                for samples in [45, 17, 3] {
                    let (x, y) = (x.rows(0..<samples), y.rows(0..<samples))
                    values += try model.trainOnBatch(x, y, reproducibility: mode).values
                    values += try model.testOnBatch(x, y, reproducibility: mode).values
                    values += try model.evaluate(x, y, batchSize: 7, verbose: 0, reproducibility: mode).values
                }
                return (
                    Outcome(history: history, weights: try model.weights + [model.predict(x, batchSize: 11)]), values
                )
            }
            let (expected, scores) = try train(SingleProcess())
            let (actual, actualScores) = try train(communicator)
            try expectSameBits(actual, expected, "one micro-shard after another")
            try expect(actualScores.map(\.bitPattern) == scores.map(\.bitPattern), "\(actualScores) and \(scores)")
        },
        Check("without the mode, the same run on the same ranks has the same bits") { communicator in
            for trial in trials {
                for (name, options) in try waysToExchange(communicator) + [
                    ("bfloat16", nodes(of: 2, ExchangeOptions(wire: .bfloat16)))
                ] {
                    let first = try trial.train(communicator, .onSameRanks, exchange: options)
                    try expectSameBits(
                        try trial.train(communicator, .onSameRanks, exchange: options), first, "\(trial.name), \(name)")
                }
            }
        },
        Check("the mode changes sums by their rounding alone, and may be changed between two trainings") {
            communicator in
            let (x, y) = task(samples: 61)
            func train(_ modes: [Reproducibility], on communicator: any Communicator) throws -> Outcome {
                let model = try classifier(communicator, features: 6, classes: 3)
                var history: History?
                for mode in modes {
                    history = try model.fit(x, y, epochs: 2, batchSize: 8, verbose: 0, reproducibility: mode)
                }
                return Outcome(history: history!, weights: try model.weights)
            }
            let expected = try train([.onSameRanks, .onSameRanks, .onSameRanks], on: SingleProcess())
            let tree = Reproducibility.acrossRanks(microShards: 4)
            try matches(try train([.onSameRanks, tree, .onSameRanks], on: communicator), expected, on: communicator)
            try matches(try train([tree, .onSameRanks, tree], on: communicator), expected, on: communicator)
        },
        Check("invalid modes: micro-shards out of range, two bytes per number between hosts") {
            communicator in
            let (x, y) = task(samples: 20)
            func fit(_ microShards: Int, _ options: ExchangeOptions = ExchangeOptions()) throws {
                let model = Sequential(
                    [Dense(6, inputDim: 6), Dense(3, activation: .softmax)], seed: 1, communicator: communicator)
                try model.compile(loss: .categoricalCrossentropy, exchange: options)
                try model.fit(x, y, verbose: 0, reproducibility: .acrossRanks(microShards: microShards))
            }
            let accumulating = Sequential([Dense(3, inputDim: 6)], seed: 1, communicator: communicator)
            try accumulating.compile(optimizer: SGD(gradientAccumulationSteps: 3), loss: .mse)
            try accumulating.trainOnBatch(x, y)
            let pending = "reproducibility must be as it was while gradients are being accumulated, 1 of 3 steps now"
            try expectThrow("pending", { "\($0)".contains(pending) }) {
                try accumulating.trainOnBatch(x, y, reproducibility: .acrossRanks(microShards: 2))
            }
            for (count, received) in [(0, "received: 0"), (5000, "received: 5000")] {
                try expectThrow("microShards", { "\($0)".contains("microShards must be from 1 to 4096, \(received)") })
                { try fit(count) }
            }
            guard communicator.size > 1 else { return }
            let message = "wire must be float32 for results that do not depend on the ranks, received: bfloat16"
            try expectThrow("wire", { "\($0)".contains(message) }) {
                try fit(8, nodes(of: 1, ExchangeOptions(wire: .bfloat16)))
            }
            // A refused call loses nothing: the other mode continues with the optimizer's slots.
            func losses(refused: Bool) throws -> [Double] {
                let model = try classifier(
                    communicator, features: 6, classes: 3, exchange: nodes(of: 1, ExchangeOptions(wire: .bfloat16)))
                try model.fit(x, y, verbose: 0)
                if refused { _ = try? model.fit(x, y, verbose: 0, reproducibility: .acrossRanks(microShards: 8)) }
                return try model.fit(x, y, verbose: 0)["loss"]!
            }
            try expect(
                try losses(refused: true) == losses(refused: false), "a mode that was refused changed the training")
            let last = communicator.size - 1
            try expectThrow("ranksDiffer", { "\($0)".contains("must be given the same reproducibility") }) {
                try fit(communicator.rank == last ? 4 : 8)
            }
        },
    ]

/// Every optimizer of the registry, with its defaults and with options for all optimizers.
let registeredOptimizers: [(name: String, optimizer: any Optimizer)] = Optimizers.names.flatMap { name in
    let plain = try! Optimizers.named(name)
    var full = plain
    full.options = OptimizerOptions(
        learningRate: ExponentialDecay(0.01, decaySteps: 3, decayRate: 0.9), weightDecay: 0.01, globalClipnorm: 0.5,
        useEma: true, emaMomentum: 0.8, emaOverwriteFrequency: 3)
    return [(name, plain), ("\(name) with a schedule, decay, clipping and averages", full)]
}

/// Something to train. It is small, and no number of ranks divides its sizes.
private struct Trial: Sendable {
    let name: String
    let samples: Int
    let layers: @Sendable () -> [any Layer]
    let optimizer: any Optimizer
    let data: @Sendable (Int) -> (Tensor, Tensor)

    func train(
        _ communicator: any Communicator, _ mode: Reproducibility, exchange: ExchangeOptions = ExchangeOptions(),
        threads: Int? = nil
    ) throws -> Outcome {
        let model = Sequential(layers(), seed: 7, communicator: communicator)
        model.givenThreads = threads
        try model.compile(
            optimizer: optimizer, loss: .categoricalCrossentropy, metrics: [.accuracy], exchange: exchange)
        let (x, y) = data(samples)
        let history = try model.fit(
            x, y, epochs: 2, batchSize: 21, verbose: 0, validationSplit: 0.2, reproducibility: mode)
        return Outcome(history: history, weights: try model.weights + [model.predict(x, batchSize: 13)])
    }
}

private let trials: [Trial] = [
    Trial(
        name: "dense layers with dropout", samples: 61,
        layers: {
            [
                Dense(70, activation: .relu, inputDim: 6), Dropout(0.3), Dense(33, activation: .gelu), Dropout(0.2),
                Dense(1),
                Dense(3, activation: .softmax),
            ]
        }, optimizer: Adam(), data: { task(samples: $0) }),
    Trial(
        name: "convolutions with normalization", samples: 47,
        layers: {
            [
                Conv2D(5, kernelSize: 3, padding: .same, activation: .relu, inputShape: [9, 8, 2]),
                BatchNormalization(momentum: 0.8),
                MaxPooling2D(2), Conv2D(7, kernelSize: 2, useBias: false), BatchNormalization(), Activation(.tanh),
                GlobalAveragePooling2D(keepDims: true), Flatten(), Dropout(0.2), Dense(3, activation: .softmax),
            ]
        }, optimizer: RMSprop(), data: { (sample([$0, 9, 8, 2], seed: 1), task(samples: $0).1) }),
    Trial(
        name: "sequences", samples: 41,
        layers: {
            [
                Embedding(9, 5, inputLength: 7), LSTM(6, returnSequences: true, goBackwards: true),
                BatchNormalization(),
                Dense(5, activation: .silu), LSTM(4), Dense(3, activation: .softmax),
            ]
        }, optimizer: SGD(learningRate: 0.1, momentum: 0.9), data: { numbers(samples: $0) }),
]
