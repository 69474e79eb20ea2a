import LockstepCluster
import LockstepLayers

extension Model {
    /// Sets how to train and what to report, for a model with several outputs, in their order.
    ///
    ///     try model.compile(
    ///         optimizer: .adam, losses: [MeanSquaredError(), CategoricalCrossentropy()], lossWeights: [1, 0.5],
    ///         metrics: [[], [.accuracy]])
    ///
    /// - Parameters:
    ///   - losses: one for each output, nil for an output that takes no targets.
    ///   - lossWeights: the weight of each loss in the sum; none: 1 for each.
    ///   - metrics: those of each output; none: no metrics.
    ///   - exchange: how the ranks exchange gradients; the default follows the topology.
    /// - Throws: `TrainingError.argument` for lists of another length than there are outputs, and as `compile` by name.
    public func compile(
        optimizer: some Optimizer = .rmsprop, losses: [(any Loss)?], lossWeights: [Double] = [],
        metrics: [[Metric]] = [], exchange: ExchangeOptions = ExchangeOptions()
    ) throws {
        let outputs = try outputNames
        func byName<Value>(_ argument: String, _ values: [Value], isRequired: Bool = false) throws -> [String: Value] {
            guard values.count == outputs.count || !isRequired && values.isEmpty else {
                throw TrainingError.argument(
                    argument, requirement: "\(outputs.count), for \(outputs)", received: "\(values.count)")
            }
            return Dictionary(zip(outputs, values)) { first, _ in first }
        }
        let named = try byName("losses", losses, isRequired: true).compactMapValues { $0 }
        let weights = try byName("lossWeights", lossWeights).filter { named[$0.key] != nil || $0.value != 1 }
        let reported = try byName("metrics", metrics).filter { named[$0.key] != nil || !$0.value.isEmpty }
        try compile(optimizer: optimizer, losses: named, lossWeights: weights, metrics: reported, exchange: exchange)
    }
}
