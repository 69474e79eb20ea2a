import LockstepCompute
import LockstepGraph

/// A number that is reported beside the loss: Keras's metrics.
///
///     try model.compile(optimizer: .adam, loss: .categoricalCrossentropy, metrics: [.accuracy, .auc])
///     let metrics: [Metric] = [.accuracy, Metric(Precision(classId: 3), name: "precision_of_3"), Metric(Huber(delta: 2))]
public struct Metric: Sendable {
    /// The metric's name in the history and in the progress output.
    public let name: String
    package let function: any MetricFunction

    /// - Parameter name: by default the function's.
    public init(_ function: any MetricFunction, name: String? = nil) {
        self.function = function
        self.name = name ?? function.name
    }

    /// The weighted mean of a loss.
    public init(_ loss: any Loss, name: String? = nil) { self.init(LossMetric(loss), name: name) }

    /// The metric under another name.
    func named(_ name: String) -> Metric { Metric(function, name: name) }

    /// Chosen by the shapes, as in Keras: binary for outputs of one column, sparse for class numbers, else categorical.
    public static let accuracy = Metric(AccuracyByShape())
    public static let binaryAccuracy = Metric(BinaryAccuracy())
    public static let categoricalAccuracy = Metric(CategoricalAccuracy())
    public static let sparseCategoricalAccuracy = Metric(SparseCategoricalAccuracy())
    public static let topKCategoricalAccuracy = Metric(TopKCategoricalAccuracy())
    public static let sparseTopKCategoricalAccuracy = Metric(SparseTopKCategoricalAccuracy())
    public static let meanSquaredError = Metric(MeanSquaredError())
    public static let meanAbsoluteError = Metric(MeanAbsoluteError())
    public static let rootMeanSquaredError = Metric(RootMeanSquaredError())
    public static let auc = Metric(AUC())
    public static let precision = Metric(Precision())
    public static let recall = Metric(Recall())
    public static let r2Score = Metric(R2Score())

    /// The metric of a Keras name; it is reported under that name.
    ///
    /// - Throws: `LayerError.unknownName`.
    public static func named(_ name: String) throws(LayerError) -> Metric {
        guard let function = MetricFunctions.named(name) else {
            throw .unknownName(kind: "metric", known: MetricFunctions.names, received: name)
        }
        return Metric(function, name: name)
    }

    package static var names: [String] { MetricFunctions.names }

    /// The function for rows of these shapes; nil if the shape of the targets does not fit.
    package func resolved(outputs: Shape, targets: Shape) -> (any MetricFunction)? {
        let function = (function as? AccuracyByShape)?.function(outputs: outputs, targets: targets) ?? function
        return function.accepts(targets: targets, outputs: outputs) ? function : nil
    }
}

extension Metric: Equatable {
    /// The same name, class and arguments.
    public static func == (a: Metric, b: Metric) -> Bool { a.name == b.name && a.description == b.description }
}

extension Metric: CustomStringConvertible {
    public var description: String {
        "\(name): \(function.kerasClass)(\(function.configuration.mapValues { "\($0.configurationValue)" }.sorted { $0.key < $1.key }))"
    }
}
