import Foundation
import Lockstep
import LockstepFormats

/// Models that go through files between two trainings. Oracle: the same training without files, to the bit.
let modelFileChecks: [Check] =
    trainings.map { training in
        Check("training continues from a file as if never interrupted: \(training.name)") { communicator in
            let (x, y) = task(samples: 53)
            func fit(_ model: Model, from first: Int, to end: Int) throws -> History {
                try model.fit(
                    x, y, epochs: end, batchSize: 13, verbose: 0, validationSplit: 0.1, initialEpoch: first,
                    reproducibility: training.mode)
            }
            let undisturbed = try training.model(on: communicator)
            _ = try fit(undisturbed, from: 0, to: 2)
            let expected = Outcome(history: try fit(undisturbed, from: 2, to: 4), weights: try undisturbed.weights)
            try inFolder(communicator) { folder in
                for ending in ["keras", "h5"] {
                    let model = try training.model(on: communicator)
                    _ = try fit(model, from: 0, to: 2)
                    try model.save("\(folder)/m.\(ending)")
                    let loaded = try Model.load(
                        "\(folder)/m.\(ending)", seed: 7, exchange: training.exchange, communicator: communicator)
                    // A model that was not trained since it was read is written as it was read.
                    try loaded.save("\(folder)/again.\(ending)")
                    try Coordinator(communicator: communicator).once {
                        let files = try ["m", "again"].map {
                            try Data(contentsOf: URL(filePath: "\(folder)/\($0).\(ending)"))
                        }
                        try expect(files[0] == files[1], "what was read is written otherwise")
                    }
                    for (model, what) in [(loaded, "read"), (model, "saved")] {
                        let outcome = Outcome(history: try fit(model, from: 2, to: 4), weights: try model.weights)
                        try expectSameBits(outcome, expected, "\(what) \(ending)")
                    }
                }
            }
        }
    } + [
        Check("a wrong file is an error on all ranks, which continue") { communicator in
            try inFolder(communicator) { folder in
                let model = try trainings[0].model(on: communicator)
                let name = "its name must tell its format"
                for (message, body) in [
                    (
                        "\(folder)/no.keras: cannot be opened: No such file",
                        { _ = try Model.load("\(folder)/no.keras", communicator: communicator) }
                    ),
                    (
                        "\(folder)/no.safetensors: cannot be opened: No such file",
                        { try model.loadWeights("\(folder)/no.safetensors") }
                    ),
                    (
                        "\(folder)/no/m.keras: cannot be written: No such file",
                        { try model.save("\(folder)/no/m.keras") }
                    ),
                    ("\(folder)/m.pb: \(name): .keras, .h5, .hdf5 or .json", { try model.save("\(folder)/m.pb") }),
                    (
                        "\(folder)/m.safetensors: \(name): .keras, .h5, .hdf5 or .json",
                        { try model.save("\(folder)/m.safetensors") }
                    ),
                    (
                        "\(folder)/m.h5: \(name): .weights.h5 or .safetensors",
                        { try model.saveWeights("\(folder)/m.h5") }
                    ),
                ] {
                    try expectThrow(message, { "\($0)".contains(message) }, body)
                }
                try model.saveWeights("\(folder)/m.safetensors")
                try expect(
                    try model.loadWeights("\(folder)/m.safetensors") == [], "weights that were written are not read")
            }
        }
    ]

/// Something to train. An epoch has 4 steps.
private struct Training: Sendable {
    let name: String
    let optimizer: any Optimizer
    var exchange = ExchangeOptions()
    var mode = Reproducibility.onSameRanks

    func model(on communicator: any Communicator) throws -> Model {
        let model = Sequential(
            [
                Dense(40, activation: .relu, inputDim: 6), BatchNormalization(momentum: 0.8), Dropout(0.3),
                Dense(3, activation: .softmax),
            ], seed: 7, communicator: communicator)
        try model.compile(
            optimizer: optimizer, loss: .categoricalCrossentropy, metrics: [.accuracy], exchange: exchange)
        return model
    }
}

private let trainings: [Training] = [
    Training(name: "Adam", optimizer: Adam(learningRate: 0.01, amsgrad: true)),
    Training(name: "RMSprop", optimizer: RMSprop(learningRate: 0.01 / 3, momentum: 0.5, centered: true)),
    Training(name: "SGD", optimizer: SGD(learningRate: 0.1)),
    Training(
        name: "SGD with momentum, optimizer memory once in the job", optimizer: SGD(learningRate: 0.1, momentum: 0.9),
        exchange: {
            var options = ExchangeOptions(shardOptimizer: true)
            options.nodeLimit = 2
            return options
        }()),
    // 8 steps are not a whole number of updates.
    Training(
        name: "accumulated gradients", optimizer: Adam(learningRate: 0.01, gradientAccumulationSteps: 3),
        mode: .acrossRanks(microShards: 4)
    ),
    Training(name: "Lamb", optimizer: Lamb(learningRate: 0.01, weightDecay: 0.1)),
    Training(name: "LARS", optimizer: LARS(learningRate: 0.5, weightDecay: 0.1)),
    Training(name: "Muon", optimizer: Muon(learningRate: 0.01, useEma: true, excludeLayers: ["_1/"])),
    Training(
        name: "Adafactor, accumulated gradients",
        optimizer: Adafactor(learningRate: 0.05, gradientAccumulationSteps: 3),
        mode: .acrossRanks(microShards: 4)),
]
