import Lockstep

/// What is done to weights at the update, on any number of ranks. Oracle: the same training in one process.
let reachChecks: [Check] =
    optimizers.map { name, optimizer in
        Check("regularizers, constraints and \(name): every way to exchange gives the result of one rank") {
            communicator in
            let expected = try train(optimizer, on: SingleProcess())
            for (way, options) in try waysToExchange(communicator) {
                do {
                    try matches(try train(optimizer, on: communicator, exchange: options), expected, on: communicator)
                } catch { throw CheckFailure(description: "\(way): \(error)") }
            }
        }
    }
    + optimizers.map { name, optimizer in
        Check("regularizers, constraints and \(name): the bits of one rank, on every way to exchange") { communicator in
            for microShards in [8, 3] {
                let mode = Reproducibility.acrossRanks(microShards: microShards)
                let expected = try train(optimizer, on: SingleProcess(), mode, threads: 2)
                for (way, options) in try waysToExchange(communicator) {
                    let actual = try train(optimizer, on: communicator, mode, exchange: options, threads: 1)
                    try expectSameBits(actual, expected, "\(way), \(microShards) micro-shards")
                }
            }
        }
    }
    + [
        /// Oracle: the formula. A gradient of 0 leaves the slope of the penalty alone.
        Check("penalties count once a step, in training and in evaluation") { communicator in
            let model = Sequential(
                [Dense(2, kernelRegularizer: .l1l2(l1: 0.5, l2: 0.25), biasRegularizer: .l2(2), inputDim: 3)], seed: 1,
                communicator: communicator)
            try model.compile(optimizer: SGD(learningRate: 0.125), loss: .mse)
            let kernel = Tensor([1, -2, 0, 0.5, 4, -1])
            try model.setWeights([kernel.reshaped([3, 2]), Tensor([0, 3])])
            let (x, y) = (Tensor.zeros([10, 3]), Tensor.zeros([10, 2]))
            for row in 0..<10 { y[row, 1] = 3 }
            let penalty = 0.5 * 8.5 + 0.25 * 22.25 + 2 * 9
            try expect(try model.evaluate(x, y, batchSize: 3, verbose: 0).loss == penalty, "evaluation")
            let scores = try model.trainOnBatch(x, y)
            try expect(scores.loss == penalty, "training: \(scores.loss), \(penalty) expected")
            let moved = kernel.elements.map { $0 - 0.125 * ((0.5 * ($0 > 0 ? 1 : $0 < 0 ? -1 : 0)) + 2 * 0.25 * $0) }
            let weights = try model.weights
            try expect(weights[0].elements == moved, "\(weights[0]), \(moved) expected")
            try expect(weights[1].elements == [0, 3 - 0.125 * 2 * 2 * 3], "\(weights[1])")
        },
        /// Oracle: the formula. Only the penalty has a slope, and the constraint changes the second weight in between.
        Check("penalties are derived in every step that accumulates gradients") { communicator in
            for mode in [Reproducibility.onSameRanks, .acrossRanks(microShards: 8)] {
                let model = Sequential(
                    [Dense(1, useBias: false, kernelRegularizer: .l2(0.25), kernelConstraint: .nonNeg, inputDim: 2)],
                    seed: 1, communicator: communicator)
                try model.compile(optimizer: SGD(learningRate: 0.125, gradientAccumulationSteps: 2), loss: .mse)
                try model.setWeights([Tensor([1, -2]).reshaped([2, 1])])
                for _ in 0..<2 {
                    try model.trainOnBatch(Tensor.zeros([10, 2]), Tensor.zeros([10, 1]), reproducibility: mode)
                }
                let weights = try model.weights[0].elements
                try expect(weights == [0.9375, 0.0625], "\(weights), \(mode)")
            }
        },
        Check("a frozen layer has no penalty and no constraint") { communicator in
            let frozen = Dense(4, kernelRegularizer: .l2(1), kernelConstraint: .unitNorm(), inputDim: 6)
            frozen.isTrainable = false
            let model = Sequential([frozen, Dense(3)], seed: 1, communicator: communicator)
            try model.compile(optimizer: .sgd, loss: .mse)
            let weights = try model.weights
            let plain = Sequential([Dense(4, inputDim: 6), Dense(3)], communicator: communicator)
            try plain.compile(optimizer: .sgd, loss: .mse)
            try plain.setWeights(weights)
            let (x, y) = task(samples: 9)
            try expect(
                try model.evaluate(x, y, verbose: 0) == plain.evaluate(x, y, verbose: 0), "its weights add to the loss")
            try model.trainOnBatch(x, y)
            try expect(try model.weights[0] == weights[0], "its weights moved")
        },
        Check("a schedule continues where it was, and its rate cannot be set") { communicator in
            let (x, y) = task(samples: 23)
            func model() throws -> Sequential {
                let model = Sequential(
                    [Dense(3, activation: .softmax, inputDim: 6)], seed: 3, communicator: communicator)
                let schedule = PiecewiseConstantDecay(boundaries: [3, 7], values: [0.5, 0.25, 0])
                try model.compile(optimizer: SGD(learningRate: schedule, momentum: 0.5), loss: .categoricalCrossentropy)
                return model
            }
            let (whole, parts) = (try model(), try model())
            try whole.fit(x, y, epochs: 4, batchSize: 8, verbose: 0, shuffle: false)
            for _ in 0..<4 { try parts.fit(x, y, epochs: 1, batchSize: 8, verbose: 0, shuffle: false) }
            try expect(try whole.weights == parts.weights, "four epochs are not four times one")
            let message =
                "optimizer sgd: learningRate must be left to its schedule PiecewiseConstantDecay; compile with a number to set it"
            try expectThrow(message, { "\($0)".hasPrefix(message) }) { try whole.setLearningRate(0.1) }
        },
    ]

/// Each way to clip, with and without a decay, a schedule, averages and accumulated gradients, in each scope. A large ε keeps rounding
/// of small gradients from making a large difference.
private let optimizers: [(String, any Optimizer)] = [
    (
        "a norm of all gradients",
        Adam(learningRate: ExponentialDecay(0.01, decaySteps: 4, decayRate: 0.8), epsilon: 1e-2, globalClipnorm: 0.3)
    ),
    (
        "norms of gradients",
        SGD(learningRate: 0.1, momentum: 0.9, weightDecay: 0.02, clipnorm: 0.05, gradientAccumulationSteps: 2)
    ),
    (
        "averages of weights",
        RMSprop(
            learningRate: 0.01, epsilon: 1e-4, clipnorm: 0.05, useEma: true, emaMomentum: 0.8, emaOverwriteFrequency: 2,
            gradientAccumulationSteps: 2)
    ),
    (
        "averages of weights alone",
        SGD(learningRate: 0.1, useEma: true, emaMomentum: 0.9, gradientAccumulationSteps: 3)
    ),
    ("clipped elements", RMSprop(learningRate: 0.01, epsilon: 1e-4, weightDecay: 0.1, clipvalue: 0.01)),
    (
        "norms of weights",
        Lamb(
            learningRate: 0.01, epsilon: 1e-2, weightDecay: 0.1, clipnorm: 0.05, useEma: true, emaMomentum: 0.8,
            emaOverwriteFrequency: 2, gradientAccumulationSteps: 2)
    ),
    (
        "rates of weights",
        LARS(learningRate: 0.5, trustCoefficient: 0.05, weightDecay: 0.02, clipvalue: 0.01)
            .excludingFromWeightDecay(["gamma"])
    ),
    (
        "whole matrices",
        Muon(
            learningRate: ExponentialDecay(0.01, decaySteps: 4, decayRate: 0.8), epsilon: 1e-2, clipnorm: 0.05,
            useEma: true, emaMomentum: 0.8, emaOverwriteFrequency: 2, gradientAccumulationSteps: 2,
            excludeLayers: ["dense_2"], nsSteps: 2)
    ),
    (
        "rows and columns",
        Adafactor(learningRate: 0.05, epsilon1: 1e-4, weightDecay: 0.1, globalClipnorm: 0.3, useEma: true)
            .excludingFromWeightDecay(["bias"])
    ),
]

private func train(
    _ optimizer: any Optimizer, on communicator: any Communicator, _ mode: Reproducibility = .onSameRanks,
    exchange: ExchangeOptions = ExchangeOptions(), threads: Int? = nil
) throws -> Outcome {
    let model = Sequential(
        [
            // The gradient of a bias before a normalization is only rounding.
            Dense(
                37, activation: .tanh, useBias: false, kernelRegularizer: .l2(0.01), kernelConstraint: .maxNorm(0.9),
                inputDim: 6),
            BatchNormalization(
                betaInitializer: .randomNormal(standardDeviation: 0.5), gammaRegularizer: .l1l2(l1: 0.01, l2: 0.02),
                betaConstraint: .nonNeg
            ),
            Dense(
                9, activation: .relu, biasInitializer: .randomNormal(standardDeviation: 0.5),
                kernelRegularizer: .orthogonal(0.1), biasRegularizer: .l2,
                kernelConstraint: .minMaxNorm(minValue: 0.5, maxValue: 1, rate: 0.5, axis: 1),
                biasConstraint: .nonNeg),
            Dense(3, activation: .softmax, kernelRegularizer: .l1(0.001), kernelConstraint: .unitNorm()),
        ], seed: 7, communicator: communicator)
    model.givenThreads = threads
    try model.compile(optimizer: optimizer, loss: .categoricalCrossentropy, metrics: [.accuracy], exchange: exchange)
    let (x, y) = task(samples: 53)
    let history = try model.fit(x, y, epochs: 2, batchSize: 9, verbose: 0, validationSplit: 0.2, reproducibility: mode)
    return Outcome(history: history, weights: try model.weights + [model.predict(x, batchSize: 13)])
}
