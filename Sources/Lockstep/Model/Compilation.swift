import LockstepCluster
import LockstepCompute
import LockstepLayers

/// What `compile` decided: how to train and what to report. A class, because every step refers to it.
final class Compilation {
    var optimizer: any Optimizer
    let loss: any Loss
    let metrics: [Metric]
    let exchange: ExchangeOptions
    /// The names of what is reported, the loss first.
    let names: [String]

    init(optimizer: any Optimizer, loss: any Loss, metrics: [Metric], exchange: ExchangeOptions) {
        self.exchange = exchange
        self.optimizer = optimizer
        self.loss = loss
        self.metrics = metrics
        names = ["loss"] + metrics.map(\.name)
    }

    /// Checks that targets suit the loss and the metrics, whose functions it returns.
    ///
    /// - Parameter argument: what the targets are called.
    func functions(outputs: Shape, targets: Tensor, argument: String = "y") throws -> [MetricFunction] {
        let row = DataSet.rowShape(targets)
        // A vector of targets is both: rows without a dimension, as metrics see it, and rows of one element.
        let shapes: [Shape] = targets.shape.rank == 1 ? [[], row] : [row]
        guard let shape = shapes.first(where: { loss.requirement(targets: $0, outputs: outputs) == nil }) else {
            throw TrainingError.targets(
                argument: argument, requirement: loss.requirement(targets: row, outputs: outputs)!, received: "\(targets.shape)")
        }
        try targets.checkFinite(argument)
        if let (requirement, position) = loss.targetValues.violation(in: targets, outputs: outputs) {
            throw TrainingError.targets(
                argument: argument, requirement: "\(requirement) for \(loss.name)",
                received: "\(targets[position].plainDescription) in \(targets.place(of: position)), counted from 0")
        }
        return try functions(outputs: outputs, targetRow: shape)
    }

    func functions(outputs: Shape, targetRow: Shape) throws -> [MetricFunction] {
        try metrics.map { metric in
            guard let function = metric.resolved(outputs: outputs, targets: targetRow) else {
                throw TrainingError.metric(name: metric.name, outputs: outputs, targets: targetRow)
            }
            return function
        }
    }
}

/// The loss and the metrics of some samples, in the order in which they were compiled: `["loss", "accuracy"]`.
public struct Scores: Equatable, Sendable, CustomStringConvertible {
    public let names: [String]
    public let values: [Double]

    package init(names: [String], values: [Double]) {
        self.names = names
        self.values = values
    }

    public var loss: Double { values[0] }
    /// The value under a name; nil if it was not compiled.
    public subscript(name: String) -> Double? { names.firstIndex(of: name).map { values[$0] } }

    public var description: String { zip(names, values).map { "\($0): \(formatted($1, digits: 4))" }.joined(separator: " - ") }
}
