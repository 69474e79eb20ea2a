import LockstepCluster
import LockstepLayers

extension Model {
    /// Sets how to train and what to report, with Keras's defaults.
    ///
    ///     try model.compile(optimizer: Adam(learningRate: 0.002), loss: .categoricalCrossentropy, metrics:
    ///     [.accuracy])
    ///
    /// - Parameters:
    ///   - weightedMetrics: metrics that count samples by their weights.
    ///   - exchange: how the ranks exchange gradients; the default follows the topology.
    ///
    /// `Optimizers.named`, `Losses.named` and `Metric.named` find values by Keras's names.
    ///
    /// - Throws: `LayerError` if the layers do not fit together or a hyperparameter is out of range.
    public func compile(
        optimizer: some Optimizer = .rmsprop, loss: some Loss, metrics: [Metric] = [],
        weightedMetrics: [Metric] = [], exchange: ExchangeOptions = ExchangeOptions()
    ) throws {
        let outputs = try outputNames
        guard outputs.count == 1 || (metrics + weightedMetrics).isEmpty else {
            throw TrainingError.argument(
                "metrics", requirement: "given by the outputs' names, with losses, where a model has several outputs",
                received: "\((metrics + weightedMetrics).map(\.name)) for \(outputs)")
        }
        let scoredOutputs = outputs.enumerated().map { index, name in
            ScoredOutput(
                output: index, name: name, loss: loss, weight: 1, metrics: metrics,
                weightedMetrics: weightedMetrics)
        }
        try compile(optimizer: optimizer, scoredOutputs: scoredOutputs, exchange: exchange)
    }

    /// Sets how to train and what to report, for a model with several outputs.
    ///
    ///     try model.compile(
    ///         optimizer: .adam, losses: ["score": MeanSquaredError(), "kind": CategoricalCrossentropy()],
    ///         lossWeights: ["kind": 0.5], metrics: ["kind": [.accuracy]])
    ///
    /// - Parameters:
    ///   - losses: by the outputs' names, those of the layers that give them. Outputs without one take no targets.
    ///   - lossWeights: the weight of each loss in the sum, by default 1. Each loss is reported without its weight, the
    ///     sum as `"loss"`.
    ///   - metrics: by the outputs' names.
    ///   - weightedMetrics: by the outputs' names; they count samples by their weights.
    ///   - exchange: how the ranks exchange gradients; the default follows the topology.
    /// - Throws: `TrainingError.argument` for names that are not those of outputs with a loss, and as `compile` for one
    ///   output.
    public func compile(
        optimizer: some Optimizer = .rmsprop, losses: [String: any Loss], lossWeights: [String: Double] = [:],
        metrics: [String: [Metric]] = [:], weightedMetrics: [String: [Metric]] = [:],
        exchange: ExchangeOptions = ExchangeOptions()
    ) throws {
        let outputs = try outputNames
        func check(_ argument: String, _ names: some Sequence<String>, known: [String]) throws {
            for name in names.sorted() where !known.contains(name) {
                throw TrainingError.argument(
                    argument, requirement: "by names among \(known.sorted())", received: "'\(name)'")
            }
        }
        try check("losses", losses.keys, known: outputs)
        try check("lossWeights", lossWeights.keys, known: Array(losses.keys))
        try check("metrics", metrics.keys, known: Array(losses.keys))
        try check("weightedMetrics", weightedMetrics.keys, known: Array(losses.keys))
        guard !losses.isEmpty else {
            throw TrainingError.argument("losses", requirement: "one or more", received: "none")
        }
        for (name, weight) in lossWeights where !weight.isFinite {
            throw TrainingError.argument("lossWeights", requirement: "finite", received: "\(weight) for '\(name)'")
        }
        let scoredOutputs = outputs.enumerated().compactMap { index, name in
            losses[name].map {
                ScoredOutput(
                    output: index, name: name, loss: $0, weight: lossWeights[name] ?? 1, metrics: metrics[name] ?? [],
                    weightedMetrics: weightedMetrics[name] ?? [])
            }
        }
        try compile(optimizer: optimizer, scoredOutputs: scoredOutputs, exchange: exchange)
    }
}
