import Lockstep
import TestSupport
import Testing

/// Oracle: real Keras, the same weights, data and batches, for four epochs with validation.
@Suite struct KerasTrainingTests {
    @Test("updates of gradients that several steps accumulate", arguments: ["sgd", "adam"], [1, 3])
    func accumulation(_ name: String, ranks: Int) throws {
        let known = try Npz.read(fixture("accumulation.npz"))
        let (x, y) = (known["x"]!, known["y"]!)
        let optimizer: any Optimizer =
            name == "sgd"
            ? SGD(learningRate: 0.2, momentum: 0.9, gradientAccumulationSteps: 3)
            : Adam(learningRate: 0.05, gradientAccumulationSteps: 3)
        _ = try ThreadCluster.run(ranks) { communicator in
            let model = Sequential(
                [Dense(5, activation: .tanh, inputDim: 6), Dense(3, activation: .softmax)], communicator: communicator)
            try model.compile(optimizer: optimizer, loss: .categoricalCrossentropy)
            try model.setWeights((0..<4).map { known["\(name)/start\($0)"]! })
            // Two trainings go on with the steps that the first left.
            var losses = try model.fit(x, y, epochs: 1, batchSize: 9, verbose: 0, shuffle: false)["loss"]!
            losses += try model.fit(x, y, epochs: 3, batchSize: 9, verbose: 0, shuffle: false)["loss"]!
            #expect(relativeError(losses, known["\(name)/loss"]!.elements.map(Double.init)) < 2e-5, "\(losses)")
            for (index, weights) in try model.weights.enumerated() {
                #expect(relativeError(weights, known["\(name)/end\(index)"]!) < 1e-4, "weights \(index)")
            }
        }
    }

    static let optimizers: [String: any Optimizer] = [
        "sgd": SGD(), "sgd_momentum": SGD(learningRate: 0.05, momentum: 0.9),
        "sgd_nesterov": SGD(learningRate: 0.05, momentum: 0.9, nesterov: true), "rmsprop": RMSprop(),
        "rmsprop_momentum": RMSprop(learningRate: 0.01, rho: 0.8, momentum: 0.5),
        "rmsprop_centered": RMSprop(learningRate: 0.01, momentum: 0.5, centered: true), "adam": Adam(),
        "adam_amsgrad": Adam(learningRate: 0.01, beta1: 0.8, beta2: 0.99, epsilon: 1e-5, amsgrad: true),
    ]
    static let cases: [(optimizer: String, loss: String, activation: String)] =
        optimizers.keys.sorted().map { ($0, "categorical_crossentropy", "softmax") } + [
            ("adam", "sparse_categorical_crossentropy", "softmax"), ("adam", "binary_crossentropy", "sigmoid"),
            ("adam", "mean_squared_error", "linear"), ("sgd", "categorical_crossentropy", "sigmoid"),
        ]

    @Test("history, weights and predictions of real Keras", arguments: 0..<cases.count, [1, 3])
    func history(_ number: Int, ranks: Int) throws {
        let (optimizerName, lossName, activation) = Self.cases[number]
        let known = try Npz.read(fixture("training.npz"))
        let key = "\(optimizerName)-\(lossName)-\(activation)/"
        let start = (0..<4).map { known["\(key)start\($0)"]! }
        let (x, y) = (known["x"]!, known[lossName]!)
        let columns = start[3].count
        let metric = try Metric.named(lossName == "mean_squared_error" ? "mae" : "accuracy")
        _ = try ThreadCluster.run(ranks) { communicator in
            let model = try Sequential(
                [
                    Dense(8, activation: .tanh, inputDim: 6),
                    Dense(columns, activation: ActivationFunction.named(activation)),
                ], communicator: communicator)
            try model.compile(
                optimizer: Self.optimizers[optimizerName]!, loss: Losses.named(lossName), metrics: [metric])
            try model.setWeights(start)
            let history = try model.fit(
                x, y, epochs: 4, batchSize: 16, verbose: 0, validationSplit: 0.2, shuffle: false)
            #expect(history.names == ["loss", metric.name, "val_loss", "val_" + metric.name])
            for name in history.names {
                let error = relativeError(history[name]!, known[key + name]!.elements.map(Double.init))
                #expect(error < 2e-5, "\(name): \(history[name]!), Keras \(known[key + name]!)")
            }
            for (index, weights) in try model.weights.enumerated() {
                #expect(relativeError(weights, known["\(key)end\(index)"]!) < 1e-4, "weights \(index)")
            }
            #expect(relativeError(try model.predict(x), known[key + "predictions"]!) < 1e-4)
        }
    }

    @Test(
        "classes that count differently, for every loss",
        arguments: [
            "categorical_crossentropy", "sparse_categorical_crossentropy", "binary_crossentropy", "mean_squared_error",
            "mean_absolute_error",
        ], [1, 3])
    func classWeights(_ name: String, ranks: Int) throws {
        let known = try Npz.read(fixture("class-weights.npz"))
        let (x, y) = (known["x"]!, known[name + "/y"]!)
        let start = (0..<4).map { known["\(name)/start\($0)"]! }
        let columns = start[3].count
        _ = try ThreadCluster.run(ranks) { communicator in
            let model = Sequential(
                [
                    Dense(5, activation: .tanh, inputDim: 6),
                    Dense(columns, activation: name.contains("categorical") ? .softmax : .sigmoid),
                ], communicator: communicator)
            try model.compile(
                optimizer: SGD(learningRate: 0.2, momentum: 0.9), loss: Losses.named(name), metrics: [.accuracy])
            try model.setWeights(start)
            let history = try model.fit(
                x, y, epochs: 4, batchSize: 9, verbose: 0, validationSplit: 0.2, shuffle: false,
                classWeight: columns == 1 ? [0: 0.25, 1: 3.5] : [0: 0.25, 2: 3.5])
            for metric in ["loss", "accuracy", "val_loss", "val_accuracy"] {
                let error = relativeError(history[metric]!, known["\(name)/\(metric)"]!.elements.map(Double.init))
                #expect(error < 2e-5, "\(metric): \(history[metric]!), Keras \(known["\(name)/\(metric)"]!)")
            }
            for (index, weights) in try model.weights.enumerated() {
                #expect(relativeError(weights, known["\(name)/end\(index)"]!) < 1e-4, "weights \(index)")
            }
        }
    }
}
