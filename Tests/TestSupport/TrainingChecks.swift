import Lockstep

/// N ranks train to the result of one rank. Oracle: the same global batches in one process; only the order of
/// summation differs.
let trainingChecks: [Check] = [
    Check("digits with dropout, batch 50: history and weights of one rank") { communicator in
        let (x, y) = try digits()
        func train(_ communicator: any Communicator) throws -> Outcome {
            let model = try classifier(communicator, features: 64, classes: 10)
            let history = try model.fit(x, y, epochs: 5, batchSize: 50, verbose: 0, validationSplit: 0.1)
            return Outcome(history: history, weights: try model.weights)
        }
        try matches(try train(communicator), try train(SingleProcess()), on: communicator)
    },
    Check("61 samples in batches of 8: every shard ragged, the last batch short") { communicator in
        let (x, y) = task(samples: 61)
        try matches(try outcome(communicator, x, y), try outcome(SingleProcess(), x, y), on: communicator)
    },
    Check("fewer samples than ranks: empty shards take part") { communicator in
        let (x, y) = task(samples: 3)
        try matches(try outcome(communicator, x, y), try outcome(SingleProcess(), x, y), on: communicator)
    },
    Check("data on rank 0 alone") { communicator in
        let (x, y) = task(samples: 61)
        let isRoot = communicator.rank == 0
        let actual = try outcome(communicator, isRoot ? x : nil, isRoot ? y : nil)
        try matches(actual, try outcome(SingleProcess(), x, y), on: communicator)
        // The same rows reach the same ranks, so the result has the same bits as with data on every rank.
        try expect(actual == (try outcome(communicator, x, y)), "data on rank 0 and data on every rank differ")
    },
    Check("data on rank 0 alone, input shape from the data, validation data, prediction") { communicator in
        let (x, y) = task(samples: 37)
        let (vx, vy) = task(samples: 11, seed: 5)
        let isRoot = communicator.rank == 0
        func train(_ communicator: any Communicator, _ has: Bool) throws -> Outcome {
            let model = Sequential(
                [Dense(5, activation: .tanh), Dense(3, activation: .softmax)], seed: 3, communicator: communicator)
            try model.compile(optimizer: .sgd, loss: .categoricalCrossentropy)
            let history = try model.fit(
                has ? x : nil, has ? y : nil, epochs: 2, batchSize: 10, verbose: 0,
                validationData: (has ? vx : nil, has ? vy : nil))
            return Outcome(history: history, weights: try model.weights + [model.predict(has ? vx : nil, batchSize: 4)])
        }
        try matches(try train(communicator, isRoot), try train(SingleProcess(), true), on: communicator)
    },
    Check("evaluate and predict: all rows, in order") { communicator in
        let (x, y) = task(samples: 23)
        let model = try classifier(communicator, features: 6, classes: 3)
        let alone = try classifier(SingleProcess(), features: 6, classes: 3)
        for batchSize in [1, 4, 23, 100] {
            let scores = try model.evaluate(x, y, batchSize: batchSize, verbose: 0)
            let expected = try alone.evaluate(x, y, batchSize: 23, verbose: 0)
            try expect(relativeError(scores.values, expected.values) < 1e-6, "\(scores) and \(expected)")
            let predicted = try model.predict(x, batchSize: batchSize)
            try expect(sameBits(predicted, try alone.predict(x)), "a row's prediction depends on its shard")
        }
    },
    Check("trainOnBatch and testOnBatch") { communicator in
        let (x, y) = task(samples: 17)
        let model = try classifier(communicator, features: 6, classes: 3)
        let alone = try classifier(SingleProcess(), features: 6, classes: 3)
        for _ in 0..<4 {
            let scores = try model.trainOnBatch(x, y)
            try expect(relativeError(scores.values, try alone.trainOnBatch(x, y).values) < 1e-5, "\(scores)")
        }
        try expect(
            relativeError(try model.testOnBatch(x, y).values, try alone.testOnBatch(x, y).values) < 1e-5, "testOnBatch")
    },
    Check("all ranks begin with rank 0's weights, seed and shuffles") { communicator in
        let (x, y) = task(samples: 29)
        let model = Sequential(
            [Dense(4, activation: .relu, inputDim: 6), Dropout(0.3), Dense(3, activation: .softmax)],
            communicator: communicator)
        try model.compile(optimizer: .adam, loss: .categoricalCrossentropy, metrics: [.accuracy])
        let history = try model.fit(x, y, epochs: 2, batchSize: 7, verbose: 0)
        try agrees(Outcome(history: history, weights: try model.weights), on: communicator)
        // If ranks set different weights, rank 0's count.
        let mine = try model.weights.map { Tensor.full($0.shape, Float(communicator.rank + 1) / 8) }
        try model.setWeights(mine)
        let predicted = try model.predict(x)
        let expected = try model.weights
        try expect(expected.allSatisfy { $0 == Tensor.full($0.shape, 0.125) }, "weights are not rank 0's")
        try agrees(Outcome(history: history, weights: [predicted]), on: communicator)
    },
    Check("classes that count differently, data on rank 0 or on all, accumulated, in micro-shards") { communicator in
        let (x, y) = task(samples: 61)
        let isRoot = communicator.rank == 0
        for mode in [Reproducibility.onSameRanks, .acrossRanks(microShards: 8)] {
            for steps in [nil, 3] {
                func train(_ communicator: any Communicator, _ has: Bool) throws -> Outcome {
                    let model = Sequential(
                        [Dense(5, activation: .tanh, inputDim: 6), Dense(3, activation: .softmax)], seed: 3,
                        communicator: communicator)
                    try model.compile(
                        optimizer: Adam(learningRate: 0.02, gradientAccumulationSteps: steps),
                        loss: .categoricalCrossentropy,
                        metrics: [.accuracy])
                    let history = try model.fit(
                        has ? x : nil, has ? y : nil, epochs: 3, batchSize: 8, verbose: 0, validationSplit: 0.25,
                        classWeight: [0: 4, 2: 0.25], reproducibility: mode)
                    return Outcome(history: history, weights: try model.weights)
                }
                let expected = try train(SingleProcess(), true)
                for has in [true, isRoot] { try matches(try train(communicator, has), expected, on: communicator) }
            }
        }
    },
    /// Oracle: the same targets without the dimensions of 1, as Keras squeezes them.
    Check("targets with one more dimension of 1 than the outputs") { communicator in
        let x = task(samples: 20).0
        let losses: [(any Loss, Int)] = [
            (BinaryCrossentropy(), 1), (MeanSquaredError(), 1), (SparseCategoricalCrossentropy(), 3),
        ]
        for (loss, columns) in losses {
            let y = Tensor((0..<20).map { Float($0 % 2) })
            func train(_ shape: Shape, on communicator: any Communicator) throws -> Outcome {
                let layer = Dense(columns, activation: columns == 1 ? .sigmoid : .softmax, inputDim: 6)
                let model = Sequential([layer], seed: 1, communicator: communicator)
                try model.compile(optimizer: .sgd, loss: loss, metrics: [.accuracy])
                let history = try model.fit(
                    x, y.reshaped(shape), batchSize: 8, verbose: 0, validationSplit: 0.2, classWeight: [1: 2])
                return Outcome(history: history, weights: try model.weights)
            }
            let expected = try train([20], on: communicator)
            for shape in [[20, 1], [20, 1, 1]] as [Shape] {
                try expect(try train(shape, on: communicator) == expected, "\(loss.name): targets \(shape)")
            }
        }
    },
    Check("invalid class weights are an error on all ranks, wherever the data is") { communicator in
        let (x, y) = task(samples: 9)
        let model = try classifier(communicator, features: 6, classes: 3)
        for (classWeight, message) in [
            ([3: 1], "classWeight must be weights of classes from 0 to 2, received: class 3"),
            ([-1: 1], "classWeight must be weights of classes from 0 to 2, received: class -1"),
            ([1: -0.5], "classWeight must be weights that are finite and not negative, received: -0.5 for class 1"),
            ([2: .nan], "classWeight must be weights that are finite and not negative, received: nan for class 2"),
        ] as [([Int: Double], String)] {
            for has in [true, communicator.rank == 0] {
                try expectThrow(message, { "\($0)".hasSuffix(message) }) {
                    try model.fit(has ? x : nil, has ? y : nil, verbose: 0, classWeight: classWeight)
                }
            }
        }
        let binary = Sequential([Dense(1, activation: .sigmoid, inputDim: 6)], communicator: communicator)
        try binary.compile(optimizer: .sgd, loss: .binaryCrossentropy)
        let isRoot = communicator.rank == 0
        try expectThrow("class 2 of two", { "\($0)".hasSuffix("weights of classes from 0 to 1, received: class 2") }) {
            try binary.fit(isRoot ? x : nil, isRoot ? Tensor.zeros([9]) : nil, verbose: 0, classWeight: [2: 1])
        }
        let positions = Sequential([InputLayer([4, 6]), Dense(3, activation: .softmax)], communicator: communicator)
        try positions.compile(optimizer: .sgd, loss: .sparseCategoricalCrossentropy)
        let message = "classWeight must be left out where a sample has several classes"
        try expectThrow(message, { "\($0)".contains(message) }) {
            try positions.fit(sample([2, 4, 6], seed: 1), Tensor.zeros([2, 4]), verbose: 0, classWeight: [1: 2])
        }
    },
    Check("convolutions and pools") { communicator in
        let x = sample([31, 6, 5, 2], seed: 1)
        let (_, y) = task(samples: 31)
        func train(_ communicator: any Communicator) throws -> Outcome {
            let model = Sequential(
                [
                    Conv2D(4, kernelSize: 3, padding: .same, activation: .relu, inputShape: [6, 5, 2]), MaxPooling2D(2),
                    Conv2D(3, kernelSize: 2, activation: .tanh), AveragePooling2D(1), Flatten(), Dropout(0.2),
                    Dense(3, activation: .softmax),
                ], seed: 6, communicator: communicator)
            try model.compile(optimizer: .adam, loss: .categoricalCrossentropy, metrics: [.accuracy])
            return Outcome(
                history: try model.fit(x, y, epochs: 3, batchSize: 9, verbose: 0), weights: try model.weights)
        }
        try matches(try train(communicator), try train(SingleProcess()), on: communicator)
    },
    Check("normalization by the global batch, on images") { communicator in
        for samples in [31, 3] {
            let x = sample([samples, 6, 5, 2], seed: 1)
            let (_, y) = task(samples: samples)
            func train(_ communicator: any Communicator) throws -> Outcome {
                let model = Sequential(
                    [
                        Conv2D(4, kernelSize: 3, useBias: false, inputShape: [6, 5, 2]),
                        BatchNormalization(momentum: 0.8),
                        Activation(.tanh),
                        GlobalAveragePooling2D(keepDims: true), GlobalMaxPooling2D(), Dense(3, activation: .softmax),
                    ], seed: 6, communicator: communicator)
                try model.compile(optimizer: .sgd, loss: .categoricalCrossentropy, metrics: [.accuracy])
                let history = try model.fit(x, y, epochs: 3, batchSize: 9, verbose: 0, validationData: (x, y))
                return Outcome(history: history, weights: try model.weights + [model.predict(x)])
            }
            try matches(try train(communicator), try train(SingleProcess()), on: communicator)
        }
    },
    Check("sequences: an embedding, normalization, memories") { communicator in
        let (x, y) = numbers(samples: 31)
        func train(_ communicator: any Communicator) throws -> Outcome {
            let model = try reader(communicator)
            let history = try model.fit(x, y, epochs: 3, batchSize: 9, verbose: 0, validationSplit: 0.2)
            return Outcome(history: history, weights: try model.weights)
        }
        try matches(try train(communicator), try train(SingleProcess()), on: communicator)
    },
    Check("a number out of range, in one rank's shard, is an error on all ranks") { communicator in
        let (x, y) = numbers(samples: 31)
        x[30, 2] = 9
        let model = try reader(communicator)
        let before = try model.weights
        let message = "'embedding': the inputs must be whole numbers from 0 to 8, received: 9.0"
        let isExpected: (any Error) -> Bool = { "\($0)".contains(message) }
        try expectThrow("fit", isExpected) { try model.fit(x, y, batchSize: 31, verbose: 0) }
        try expect(try model.weights == before, "a step that failed changed the weights")
        try expectThrow("evaluate", isExpected) { _ = try model.evaluate(x, y, batchSize: 8, verbose: 0) }
        try expectThrow("predict", isExpected) { _ = try model.predict(x, batchSize: 8) }
        x[30, 2] = 8
        try model.fit(x, y, batchSize: 31, verbose: 0)
    },
    Check("a branched model") { communicator in
        let (x, y) = task(samples: 31)
        func train(_ communicator: any Communicator) throws -> Outcome {
            let input = Input([6])
            let hidden = Dense(7, activation: .gelu)(input)
            let sum = Add()(Dense(7)(hidden), hidden, Activation(.linear)(hidden))
            let model = try Model(
                inputs: input, outputs: Dense(3, activation: .softmax)(sum), seed: 4, communicator: communicator)
            try model.compile(optimizer: .rmsprop, loss: .categoricalCrossentropy)
            return Outcome(
                history: try model.fit(x, y, epochs: 2, batchSize: 9, verbose: 0), weights: try model.weights)
        }
        try matches(try train(communicator), try train(SingleProcess()), on: communicator)
    },
    Check("decisions of rank 0 reach all ranks, errors too") { communicator in
        let coordinator = Coordinator(communicator: communicator)
        try expectThrow("rank 0's error", { "\($0)".contains("the disk is full") }) {
            try coordinator.once { throw CheckFailure(description: "the disk is full") }
        }
        try coordinator.once {}
    },
]

/// The digits of the examples: 1797 rows of 64 pixels, one-hot labels.
func digits() throws -> (Tensor, Tensor) {
    let table = try Csv.read(repository + "/examples/data/digits.csv.gz")
    return (table.columns(0..<64) / 16, try toCategorical(table.columns(64..<65)))
}

/// Three classes of six features.
package func task(samples: Int, seed: UInt64 = 1) -> (Tensor, Tensor) {
    let x = sample([samples, 6], seed: seed)
    let y = Tensor.zeros([samples, 3])
    for row in 0..<samples { y[row, x[row, 0] > 0.4 ? 0 : x[row, 1] > 0 ? 1 : 2] = 1 }
    return (x, y)
}

/// Three classes of seven numbers from 0 to 8.
func numbers(samples: Int) -> (Tensor, Tensor) {
    (Tensor.uniform([samples, 7], low: 0, high: 9, seed: 4).map { $0.rounded(.down) }, task(samples: samples).1)
}

/// A model for the data of `numbers`.
func reader(_ communicator: any Communicator) throws -> Sequential {
    let model = Sequential(
        [
            Embedding(9, 5, inputLength: 7), LSTM(6, returnSequences: true), BatchNormalization(), LSTM(4),
            Dense(3, activation: .softmax),
        ], seed: 2, communicator: communicator)
    try model.compile(optimizer: SGD(learningRate: 0.1), loss: .categoricalCrossentropy, metrics: [.accuracy])
    return model
}

func classifier(
    _ communicator: any Communicator, features: Int, classes: Int, exchange: ExchangeOptions = ExchangeOptions()
) throws -> Sequential {
    let model = Sequential(
        [
            Dense(32, activation: .relu, inputDim: features), Dropout(0.3), Dense(16, activation: .tanh), Dropout(0.2),
            Dense(classes, activation: .softmax),
        ], seed: 11, communicator: communicator)
    try model.compile(optimizer: .adam, loss: .categoricalCrossentropy, metrics: [.accuracy], exchange: exchange)
    return model
}

func outcome(
    _ communicator: any Communicator, _ x: Tensor?, _ y: Tensor?, exchange: ExchangeOptions = ExchangeOptions()
) throws -> Outcome {
    let model = try classifier(communicator, features: 6, classes: 3, exchange: exchange)
    let history = try model.fit(x, y, epochs: 3, batchSize: 8, verbose: 0, validationSplit: 0.25)
    return Outcome(history: history, weights: try model.weights)
}
