import LockstepLayers

/// The loss and the metrics of one of a model's outputs.
package struct OutputTraining {
    package let output: String
    /// Nil if there is none, or if it is not supported.
    package let loss: (any Loss)?
    /// The weight of the loss in the sum of all losses.
    package let weight: Double
    package let metrics: [Metric]
    /// Metrics that count samples by their weights.
    package let weightedMetrics: [Metric]

    package init(
        output: String, loss: (any Loss)?, weight: Double = 1, metrics: [Metric], weightedMetrics: [Metric] = []
    ) {
        self.output = output
        self.loss = loss
        self.weight = weight
        self.metrics = metrics
        self.weightedMetrics = weightedMetrics
    }
}

/// The values of a training configuration for each output of a model, as Keras takes them: in the outputs' order, or by
/// their names.
enum PerOutput {
    /// A loss for each output, or one for all.
    ///
    /// - Throws: `LayerError.compiled` if the losses do not fit the outputs in number or names.
    static func losses(_ value: ConfigurationValue, outputs: [String]) throws(LayerError) -> [ConfigurationValue] {
        if let list = value.list { return try checked(list, "loss", value, outputs) }
        if value["class_name"] == nil, let named = value.object { return try Self.named(named, "loss", value, outputs) }
        return outputs.map { _ in value }
    }

    /// The weight of each loss.
    ///
    /// - Throws: `LayerError.compiled` unless there is a number for each output.
    static func lossWeights(_ value: ConfigurationValue, outputs: [String]) throws(LayerError) -> [Double] {
        if value == .null || value == [] || value == [:] { return outputs.map { _ in 1 } }
        let values =
            if let named = value.object {
                try Self.named(named, "loss_weights", value, outputs)
            } else {
                try checked(value.list ?? [value], "loss_weights", value, outputs)
            }
        return try values.map { (weight) throws(LayerError) in
            guard weight != .null else { return 1 }
            guard let number = weight.number else { throw mismatch("loss_weights", value, outputs) }
            return number
        }
    }

    /// The metrics of each output. For a model with one output, any form is accepted.
    ///
    /// - Throws: `LayerError.compiled` if the lists do not fit the outputs in number or names.
    ///
    /// - Parameter argument: `"metrics"` or `"weighted_metrics"`.
    static func metrics(_ value: ConfigurationValue, _ argument: String, outputs: [String]) throws(LayerError)
        -> [ConfigurationValue]
    {
        if outputs.count == 1 { return [value] }
        if value == .null || value == [] || value == [:] { return outputs.map { _ in .null } }
        if let list = value.list { return try checked(list, argument, value, outputs) }
        guard value["class_name"] == nil, let named = value.object else { throw mismatch(argument, value, outputs) }
        return try Self.named(named, argument, value, outputs)
    }

    private static func checked(
        _ list: [ConfigurationValue], _ argument: String, _ value: ConfigurationValue, _ outputs: [String]
    ) throws(LayerError) -> [ConfigurationValue] {
        guard list.count == outputs.count else { throw mismatch(argument, value, outputs) }
        return list
    }

    private static func named(
        _ named: [String: ConfigurationValue], _ argument: String, _ value: ConfigurationValue, _ outputs: [String]
    ) throws(LayerError) -> [ConfigurationValue] {
        // The only output of a model may have any name here, because Keras 2 kept names that differ.
        if outputs.count == 1, named.count == 1 { return Array(named.values) }
        guard named.keys.allSatisfy(outputs.contains) else { throw mismatch(argument, value, outputs) }
        return outputs.map { named[$0] ?? .null }
    }

    private static func mismatch(_ argument: String, _ value: ConfigurationValue, _ outputs: [String]) -> LayerError {
        .compiled(
            "the training configuration", name: argument, requirement: "one for each of the outputs \(outputs)",
            received: String("\(value)".prefix(200)))
    }
}
