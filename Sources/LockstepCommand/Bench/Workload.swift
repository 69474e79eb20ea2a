import Lockstep

/// A model with data of its shapes and a way to train it: the work on which trainers are compared.
package struct Workload: Sendable {
    /// The unit of repetition: one epoch, several epochs in one call, or steps on one batch with all samples.
    enum Unit {
        case epoch
        case epochs(Int)
        case stepsOnBatch(Int)
    }

    package let name: String
    let samples: Int
    let batchSize: Int
    var unit = Unit.epoch
    var reproducibility = Reproducibility.onSameRanks
    /// Only epochs keep one.
    var memoryLimit: MemoryLimit?
    package let make: @Sendable (_ seed: UInt64, _ exchange: ExchangeOptions) throws -> Model
    /// Synthetic inputs and targets.
    package let data: @Sendable (_ samples: Int) throws -> (x: Tensor, y: Tensor)

    package static let all = small + networks

    private static let small: [Workload] = [
        Workload(
            name: "seed_line", samples: 160, batchSize: 160, unit: .stepsOnBatch(300),
            make: { seed, exchange in
                let model = Sequential([Dense(1, inputDim: 1)], name: "seed_line", seed: seed)
                try model.compile(optimizer: .sgd, loss: .mse, exchange: exchange)
                return model
            },
            data: { samples in
                let x = Tensor.linspace(-1, 1, count: samples)
                return (x, x * 0.5 + 2)
            }),
        Workload(
            name: "beans", samples: 100, batchSize: 10, unit: .epochs(50),
            make: { seed, exchange in
                let layers = [Dense(2, activation: .sigmoid, inputDim: 2), Dense(1, activation: .sigmoid)]
                let model = Sequential(layers, name: "beans", seed: seed)
                try model.compile(
                    optimizer: SGD(learningRate: 0.05), loss: .mse, metrics: [.accuracy], exchange: exchange)
                return model
            },
            data: { samples in
                let x = Tensor.uniform([samples, 2], low: 0, high: 2, seed: 1)
                return (x, Tensor((0..<samples).map { x[$0, 0] > 0.9 ? 1 : 0 }))
            }),
        Workload(
            name: "people", samples: 1000, batchSize: 8,
            make: { seed, exchange in
                let layers = [Dense(4, activation: .relu, inputDim: 3), Dense(2, activation: .softmax)]
                let model = Sequential(layers, name: "people", seed: seed)
                try model.compile(
                    optimizer: .rmsprop, loss: .categoricalCrossentropy, metrics: [.accuracy], exchange: exchange)
                return model
            },
            data: { samples in try classes(2, of: [samples, 3]) }),
        Workload(
            name: "mlp", samples: 30_000, batchSize: 128,
            make: { seed, exchange in
                let layers = [
                    Dense(512, activation: .relu, inputDim: 784), Dense(512, activation: .relu),
                    Dense(10, activation: .softmax),
                ]
                let model = Sequential(layers, name: "mlp", seed: seed)
                try model.compile(
                    optimizer: .adam, loss: .categoricalCrossentropy, metrics: [.accuracy], exchange: exchange)
                return model
            },
            data: { samples in try classes(10, of: [samples, 784]) }),
        Workload(
            name: "cnn", samples: 6400, batchSize: 128,
            make: { seed, exchange in
                let layers: [any Layer] = [
                    Conv2D(32, kernelSize: 3, activation: .relu, inputShape: [28, 28, 1]), MaxPooling2D(2),
                    Conv2D(64, kernelSize: 3, activation: .relu), MaxPooling2D(2), Flatten(), Dropout(0.5),
                    Dense(10, activation: .softmax),
                ]
                let model = Sequential(layers, name: "cnn", seed: seed)
                try model.compile(
                    optimizer: .adam, loss: .categoricalCrossentropy, metrics: [.accuracy], exchange: exchange)
                return model
            },
            data: { samples in try classes(10, of: [samples, 28, 28, 1]) }),
        Workload(
            name: "lstm", samples: 12_800, batchSize: 128,
            make: { seed, exchange in
                let layers: [any Layer] = [LSTM(128, inputShape: [28, 28]), Dense(10, activation: .softmax)]
                let model = Sequential(layers, name: "lstm", seed: seed)
                try model.compile(
                    optimizer: .adam, loss: .categoricalCrossentropy, metrics: [.accuracy], exchange: exchange)
                return model
            },
            data: { samples in try classes(10, of: [samples, 28, 28]) }),
    ]

    /// The number of steps of one unit.
    func steps(samples: Int, batchSize: Int) -> Int {
        let epoch = samples / batchSize + (samples % batchSize > 0 ? 1 : 0)
        return switch unit {
        case .epoch: epoch
        case .epochs(let epochs): epoch * epochs
        case .stepsOnBatch(let count): count
        }
    }

    /// Trains one unit.
    func train(_ model: Model, _ x: Tensor, _ y: Tensor, batchSize: Int) throws {
        switch unit {
        case .epoch: try fit(model, x, y, epochs: 1, batchSize: batchSize)
        case .epochs(let epochs): try fit(model, x, y, epochs: epochs, batchSize: batchSize)
        case .stepsOnBatch(let count):
            for _ in 0..<count { try model.trainOnBatch(x, y, reproducibility: reproducibility) }
        }
    }

    private func fit(_ model: Model, _ x: Tensor, _ y: Tensor, epochs: Int, batchSize: Int) throws {
        try model.fit(
            x, y, epochs: epochs, batchSize: batchSize, verbose: 0, reproducibility: reproducibility,
            memoryLimit: memoryLimit)
    }

    /// Trains several units and returns the seconds of a step in the fastest.
    ///
    /// Epochs are measured within one training, so the start of a training does not count.
    func secondsPerStep(_ model: Model, _ x: Tensor, _ y: Tensor, batchSize: Int, rounds: Int) throws -> Double {
        let steps = Double(steps(samples: x.rowCount, batchSize: batchSize))
        if case .epoch = unit {
            try fit(model, x, y, epochs: rounds, batchSize: batchSize)
            return (model.epochSeconds.min() ?? .nan) / steps
        }
        return try (0..<rounds).map { _ in
            let start = monotonicSeconds()
            try train(model, x, y, batchSize: batchSize)
            return (monotonicSeconds() - start) / steps
        }.min() ?? .nan
    }

    /// Normally distributed inputs with unrelated one-hot targets.
    private static func classes(_ count: Int, of shape: Shape) throws -> (x: Tensor, y: Tensor) {
        let labels = Tensor.uniform([shape[0]], low: 0, high: Float(count), seed: 2).map { $0.rounded(.down) }
        return (Tensor.normal(shape, seed: 1), try toCategorical(labels, classes: count))
    }
}
