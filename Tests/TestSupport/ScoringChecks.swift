import Lockstep
import LockstepFormats
import LockstepLayers

/// A loss or a metric as real Keras serialized it, and what Keras computes: one row of `Tests/Fixtures/scoring.py`.
package struct ScoringRow: Sendable, CustomStringConvertible {
    package let kind, name: String
    package let configuration: ConfigurationValue
    package var description: String { name }

    private static let known = try! Npz.read(fixture("scoring.npz"))
    package func known(_ part: String) throws -> Tensor {
        guard let tensor = Self.known["\(kind)/\(name)/\(part)"] else {
            throw CheckFailure(description: "scoring.npz has no \(kind)/\(name)/\(part)")
        }
        return tensor
    }

    package static func all(_ kind: String) -> [ScoringRow] {
        let file = fixture("scoring.json")
        let rows = try! Json.parse(FileBytes.read(file), file: file)[kind]!.object!
        return rows.map { ScoringRow(kind: kind, name: $0.key, configuration: $0.value) }.sorted { $0.name < $1.name }
    }

    package func loss() throws -> any Loss { try Losses.configured(configuration) }
    package func metric() throws -> Metric {
        let (metrics, errors) = Metric.configured(configuration)
        if let error = errors.first { throw error }
        return metrics[0]
    }

    /// A model whose outputs are a weight: the outputs of the row. Its gradient is that of the outputs.
    fileprivate func model(_ communicator: any Communicator) throws -> (Model, x: Tensor) {
        let outputs = try known("outputs")
        let width = outputs.shape.row.count
        let input = Input([width], type: .int32)
        let table = Embedding(outputs.count, 1)(input)
        let shape = outputs.shape.row.dimensions.map(ConfigurationValue.integer)
        let reshaped = try LayerRegistry().layer("Reshape", ["target_shape": .list(shape)])
        let model = try Model(inputs: input, outputs: reshaped(table), seed: 1, communicator: communicator)
        try model.setWeights([outputs.reshaped([outputs.count, 1])])
        return (model, try Tensor(integers: (0..<outputs.count).map(Int32.init), shape: [outputs.rowCount, width]))
    }
}

/// A loss that takes any targets, for models that are only scored.
private struct AnyTargets: Loss {
    func requirement(targets: Shape, outputs: Shape) -> String? { nil }
    func losses(outputs: SymbolicTensor, targets: SymbolicTensor) -> SymbolicTensor { mean(outputs, axes: [-1]) }
}

/// Losses and metrics on any number of ranks. Oracle: real Keras.
let scoringChecks: [Check] =
    ScoringRow.all("losses").map { row in
        Check("loss \(row.name): value and gradient are Keras's, with and without sample weights") { communicator in
            let (targets, weights) = (try row.known("targets"), try row.known("weights"))
            for suffix in ["", "_weighted"] {
                for mode in [Reproducibility.onSameRanks, .acrossRanks(microShards: 8)] {
                    let (model, x) = try row.model(communicator)
                    try model.compile(optimizer: SGD(learningRate: 1), loss: row.loss())
                    let before = try model.weights[0].copy()
                    let loss = try model.trainOnBatch(
                        x, targets, sampleWeight: suffix.isEmpty ? nil : weights, reproducibility: mode
                    ).loss
                    let expected = try Double(row.known("value" + suffix)[0])
                    try expect(
                        abs(loss - expected) < 1e-5 * max(1, abs(expected)), "\(loss), \(expected) expected, \(mode)")
                    let gradient = try before - model.weights[0]
                    let error = relativeError(gradient, try row.known("gradient" + suffix).reshaped(gradient.shape))
                    try expect(error < 1e-4, "gradient differs by \(error), \(mode)")
                }
            }
        }
    }
    + ScoringRow.all("metrics").map { row in
        Check("metric \(row.name): Keras's number over uneven batches, with and without sample weights") {
            communicator in
            let (targets, weights) = (try row.known("targets"), try row.known("weights"))
            let (model, x) = try row.model(communicator)
            let metric = try row.metric()
            try model.compile(
                optimizer: .sgd, loss: AnyTargets(), metrics: [metric], weightedMetrics: [metric])
            let scores = try model.evaluate(x, targets, sampleWeight: weights, batchSize: 5, verbose: 0)
            for (name, suffix) in [(metric.name, ""), ("weighted_\(metric.name)", "_weighted")] {
                let expected = try Double(row.known("value" + suffix)[0])
                let value = scores[name] ?? .nan
                try expect(abs(value - expected) < 1e-5 * max(1, abs(expected)), "\(name): \(value), not \(expected)")
            }
            let plain = try model.evaluate(x, targets, batchSize: 4, verbose: 0)
            try expect(
                abs((plain["weighted_\(metric.name)"] ?? .nan) - (plain[metric.name] ?? .nan))
                    < 1e-6 * max(1, abs(plain[metric.name]!)),
                "without weights: \(plain)")
        }
    }
