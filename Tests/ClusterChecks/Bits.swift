import Foundation
import Lockstep

/// Models that are trained for some steps, to compare the bits of two numbers of ranks or of two commits.
enum Bits {
    static let models: [String: @Sendable () throws -> (layers: [any Layer], x: Tensor, samples: Int)] = [
        "mlp": {
            (
                [
                    Dense(512, activation: .relu, inputDim: 784), Dropout(0.2), Dense(512, activation: .relu),
                    Dropout(0.2),
                    Dense(10, activation: .softmax),
                ], .normal([500, 784], seed: 1), 500
            )
        },
        "cnn": {
            (
                [
                    Conv2D(16, kernelSize: 3, useBias: false, inputShape: [28, 28, 1]), BatchNormalization(),
                    Activation(.relu),
                    MaxPooling2D(2), Conv2D(32, kernelSize: 3, padding: .same), BatchNormalization(), Activation(.relu),
                    GlobalAveragePooling2D(), Dropout(0.3), Dense(10, activation: .softmax),
                ], .normal([300, 28, 28, 1], seed: 1), 300
            )
        },
        "people": {
            (
                [Dense(4, activation: .relu, inputDim: 3), Dense(10, activation: .softmax)],
                .normal([100, 3], seed: 1), 100
            )
        },
        "lstm": {
            (
                [LSTM(128, inputShape: [28, 28]), Dense(10, activation: .softmax)], .normal([300, 28, 28], seed: 1), 300
            )
        },
    ]

    static let modes: [String: Reproducibility] = ["same": .onSameRanks, "across": .acrossRanks(microShards: 8)]

    /// Collective: a fingerprint of weights, history, scores and predictions, and one of the model's files.
    ///
    /// - Parameter mode: `same` for sums that depend on the ranks, `across` for sums that do not.
    static func fingerprint(of model: String, mode: String) throws -> String {
        guard let (layers, x, samples) = try models[model]?() else { throw CheckFailed(checks: ["no model \(model)"]) }
        let labels = Tensor.uniform([samples], low: 0, high: 10, seed: 2).map { $0.rounded(.down) }
        let y = try toCategorical(labels, classes: 10)
        guard let mode = modes[mode] else { throw CheckFailed(checks: ["no mode \(mode)"]) }
        let model = Sequential(layers, seed: 3)
        try model.compile(optimizer: .adam, loss: .categoricalCrossentropy, metrics: [.accuracy])
        let history = try model.fit(
            x, y, epochs: 2, batchSize: 101, verbose: 0, validationSplit: 0.2, reproducibility: mode)
        let scores = try model.evaluate(x, y, batchSize: 77, verbose: 0, reproducibility: mode)
        let tensors = try model.weights + [model.predict(x, batchSize: 50)]
        let file = NSTemporaryDirectory() + "bits-\(UUID().uuidString)"
        defer { for form in ["h5", "safetensors"] { try? FileManager.default.removeItem(atPath: "\(file).\(form)") } }
        try model.save(file + ".h5")
        try model.saveWeights(file + ".safetensors")
        // Rank 0 writes the files, and prints.
        var files: [UInt64] = []
        try Job.once {
            files = try ["h5", "safetensors"].map { form in
                try Data(contentsOf: URL(filePath: "\(file).\(form)")).reduce(14_695_981_039_346_656_037) {
                    ($0 ^ UInt64($1)) &* 1_099_511_628_211
                }
            }
        }
        let values =
            tensors.map { "\($0.fingerprint)" } + history.names.map { "\(history[$0]!)" } + ["\(scores.values)"]
        return [values, files.map { "\($0)" }].map { String(Lockstep.fingerprint(of: "\($0)"), radix: 16) }.joined(
            separator: " ")
    }
}
