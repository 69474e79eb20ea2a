import LockstepLayers

/// The loss and the metrics of one of a model's outputs. A class, because every step refers to it.
final class Objective {
    /// Which of the model's outputs.
    let output: Int
    let name: String
    let loss: any Loss
    /// The weight of the loss in the sum of all losses.
    let weight: Double
    let metrics: [Metric]

    init(output: Int, name: String, loss: any Loss, weight: Double, metrics: [Metric]) {
        self.output = output
        self.name = name
        self.loss = loss
        self.weight = weight
        self.metrics = metrics
    }
}

extension [Objective] {
    /// The names of what is reported, in Keras's order: the loss, the metrics, and of several losses each.
    ///
    /// - Parameter outputs: how many outputs the model has. Of several, metrics have the output's name in front.
    func reportedNames(outputs: Int) -> [String] {
        let metrics = flatMap { objective in
            objective.metrics.map { outputs > 1 ? "\(objective.name)_\($0.name)" : $0.name }
        }
        return ["loss"] + metrics + (count > 1 ? map { "\($0.name)_loss" } : [])
    }
}
