import Lockstep

/// Well-known networks, to measure trainers with: what each makes of an input.
enum Network {
    /// The probabilities of 1000 classes.
    static func classes(_ features: SymbolicTensor) -> SymbolicTensor { Dense(1000, activation: .softmax)(features) }
}

extension Workload {
    /// Networks that others publish times of.
    static let networks: [Workload] = [
        images("resnet50", size: 224, batchSize: 8, Network.resNet50),
        images("resnet50_64", size: 64, batchSize: 16, Network.resNet50),
        images("mobilenet_v2", size: 96, batchSize: 32, Network.mobileNetV2),
        images("efficientnet_b0", size: 96, batchSize: 32, Network.efficientNetB0),
        images("vgg16", size: 224, batchSize: 4, Network.vgg16),
        Workload(
            name: "transformer", samples: 640, batchSize: 32,
            make: { seed, exchange in
                try model("transformer", [128], seed, exchange, optimizer: Adam(), Network.transformer)
            },
            data: { samples in (whole(below: 10_000, [samples, 128], seed: 1), whole(below: 10, [samples], seed: 2)) }),
        sequences("gru") { GRU(128)($0) },
        sequences("bilstm") { Bidirectional(LSTM(128))($0) },
    ]

    /// A network over images, with 1000 classes.
    private static func images(
        _ name: String, size: Int, batchSize: Int, _ network: @escaping @Sendable (SymbolicTensor) -> SymbolicTensor
    ) -> Workload {
        Workload(
            name: name, samples: 10 * batchSize, batchSize: batchSize,
            make: { seed, exchange in
                try model(
                    name, [size, size, 3], seed, exchange, optimizer: SGD(learningRate: 0.01, momentum: 0.9), network)
            },
            data: { samples in
                (.uniform([samples, size, size, 3], low: 0, seed: 1), whole(below: 1000, [samples], seed: 2))
            })
    }

    /// A layer over sequences of 100 steps with 28 features, with 10 classes.
    private static func sequences(
        _ name: String, _ layer: @escaping @Sendable (SymbolicTensor) -> SymbolicTensor
    ) -> Workload {
        Workload(
            name: name, samples: 1280, batchSize: 128,
            make: { seed, exchange in
                try model(name, [100, 28], seed, exchange, optimizer: Adam()) {
                    Dense(10, activation: .softmax)(layer($0))
                }
            },
            data: { samples in (.normal([samples, 100, 28], seed: 1), whole(below: 10, [samples], seed: 2)) })
    }

    private static func model(
        _ name: String, _ shape: Shape, _ seed: UInt64, _ exchange: ExchangeOptions, optimizer: any Optimizer,
        _ network: (SymbolicTensor) -> SymbolicTensor
    ) throws -> Model {
        let input = Input(shape)
        let model = try Model(inputs: input, outputs: network(input), name: name, seed: seed)
        try model.compile(
            optimizer: optimizer, loss: .sparseCategoricalCrossentropy, metrics: [.accuracy], exchange: exchange)
        return model
    }

    /// Whole numbers from 0 to below a limit.
    private static func whole(below limit: Float, _ shape: Shape, seed: UInt64) -> Tensor {
        Tensor.uniform(shape, low: 0, high: limit, seed: seed).map { $0.rounded(.down) }
    }
}
