import LockstepLayers

/// The loss and the metrics of one of a model's outputs. A class, because every step refers to it.
final class ScoredOutput {
    /// Which of the model's outputs.
    let output: Int
    let name: String
    let loss: any Loss
    /// The loss, if a kernel computes it.
    let fusedLoss: (any FusedLoss)?
    /// The weight of the loss in the sum of all losses.
    let weight: Double
    let metrics: [Metric]
    /// Metrics that count samples by their weights.
    let weightedMetrics: [Metric]

    init(
        output: Int, name: String, loss: any Loss, weight: Double, metrics: [Metric], weightedMetrics: [Metric] = []
    ) {
        self.output = output
        self.name = name
        self.loss = loss
        let fused = loss as? any FusedLoss
        fusedLoss = fused?.isFused ?? false ? fused : nil
        self.weight = weight
        self.metrics = metrics
        self.weightedMetrics = weightedMetrics
    }
}

extension [ScoredOutput] {
    /// The names of what is reported, in Keras's order: the loss, the metrics, and of several losses each.
    ///
    /// - Parameter outputs: how many outputs the model has. Of several, metrics have the output's name in front.
    func reportedNames(outputs: Int) -> [String] {
        var counts: [String: Int] = [:]
        let metrics = scoredMetrics.map { scored in
            let front = outputs > 1 ? "\(scored.scoredOutput.name)_" : ""
            var name = front + scored.metric.name
            // A name that is taken gets another one, as in Keras.
            if counts[name] != nil, scored.isWeighted { name = "\(front)weighted_\(scored.metric.name)" }
            let count = counts[name, default: 0]
            counts[name] = count + 1
            return count == 0 ? name : "\(name)_\(count)"
        }
        return ["loss"] + metrics + (count > 1 ? map { "\($0.name)_loss" } : [])
    }
}
