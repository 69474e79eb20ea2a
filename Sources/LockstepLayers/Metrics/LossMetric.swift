import LockstepCompute
import LockstepGraph

/// The mean of a loss as a metric: Keras's `MeanSquaredError`, `Hinge`, `KLDivergence`, … in `keras.metrics`, and the
/// functions of `keras.losses` by name. The cosine similarity has the opposite sign of the loss.
struct LossMetric: FusedMetric {
    let loss: any Loss
    /// Keras's class in `keras.metrics`; nil if there is none, and the metric is a function.
    private let metricClass: String?

    init(_ loss: any Loss) {
        self.loss = loss
        let name = type(of: loss).className
        metricClass = Self.renamed[name] ?? (Self.classes.contains(name) ? name : nil)
    }

    private static let renamed = ["LogCosh": "LogCoshError"]
    private static let classes: Set<String> = [
        "MeanSquaredError", "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanSquaredLogarithmicError",
        "CosineSimilarity", "Hinge", "SquaredHinge", "CategoricalHinge", "KLDivergence", "Poisson",
        "BinaryCrossentropy", "CategoricalCrossentropy", "SparseCategoricalCrossentropy",
    ]

    var isFunction: Bool { metricClass == nil }
    var kerasClass: String { metricClass ?? snakeCase(type(of: loss).className) }
    var name: String { loss is LogCosh ? "logcosh" : snakeCase(type(of: loss).className) }
    var isBetterIfLarger: Bool { loss is CosineSimilarity }
    private var sign: Float { loss is CosineSimilarity ? -1 : 1 }

    var configuration: [String: any ConfigurationConvertible] {
        var arguments = loss.configuration
        arguments["reduction"] = nil
        // Keras leaves these arguments out.
        if loss is CosineSimilarity || loss is BinaryCrossentropy { arguments["axis"] = nil }
        return arguments
    }

    func accepts(targets: Shape, outputs: Shape) -> Bool { loss.requirement(targets: targets, outputs: outputs) == nil }
    func validate() throws(LayerError) { try loss.validate() }

    func values(outputs: SymbolicTensor, targets: SymbolicTensor) -> SymbolicTensor {
        let targets = reshape(
            targets, loss.targetShape(outputs: outputs.spec.shape, given: targets.spec.shape))
        return sign * loss.losses(outputs: outputs, targets: targets)
    }

    package var kernel: MetricKernel? {
        switch loss {
        case is MeanSquaredError: .error(.meanSquaredError)
        case is MeanAbsoluteError: .error(.meanAbsoluteError)
        default: nil
        }
    }
}
