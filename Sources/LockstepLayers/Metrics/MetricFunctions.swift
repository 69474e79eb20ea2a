/// Finds metric functions by Keras's names and classes.
package enum MetricFunctions {
    /// The functions that have defaults for all arguments, by Keras's classes.
    private static let known: [any MetricFunction] = [
        Accuracy(), BinaryAccuracy(), CategoricalAccuracy(), SparseCategoricalAccuracy(), TopKCategoricalAccuracy(),
        SparseTopKCategoricalAccuracy(), TruePositives(), FalsePositives(), TrueNegatives(), FalseNegatives(),
        Precision(), Recall(), AUC(), BinaryIoU(), RootMeanSquaredError(), PearsonCorrelation(),
        ConcordanceCorrelation(), R2Score(),
    ]

    /// One function of each class, those without defaults with some arguments.
    package static let all: [any MetricFunction] =
        known + [
            SensitivityAtSpecificity(specificity: 0.5), SpecificityAtSensitivity(sensitivity: 0.5),
            PrecisionAtRecall(recall: 0.5), RecallAtPrecision(precision: 0.5),
            FBetaScore(average: .macro), F1Score(average: .macro), IoU(numClasses: 2, targetClassIds: [0]),
            MeanIoU(numClasses: 2), OneHotIoU(numClasses: 2, targetClassIds: [0]), OneHotMeanIoU(numClasses: 2),
        ] + Losses.all.map { LossMetric($0) }

    /// Other names than the functions have.
    private static let named: [String: any MetricFunction] = [
        "accuracy": AccuracyByShape(), "acc": AccuracyByShape(),
    ]

    package static var names: [String] {
        (Array(named.keys) + known.filter { !($0 is Accuracy) }.map(\.name) + Losses.names).sorted()
    }

    /// The function of a name, with default arguments. The losses of `keras.losses` are metrics too.
    static func named(_ name: String) -> (any MetricFunction)? {
        if let function = named[name] ?? named[name.lowercased()] { return function }
        let snake = snakeCase(name)
        if let function = known.first(where: {
            !($0 is Accuracy) && ([name, snake].contains($0.name) || $0.kerasClass == name)
        }) {
            return function
        }
        return (try? Losses.named(name)).map { LossMetric($0) }
    }

    /// A function of one of Keras's classes, or nil.
    static func ofClass(_ name: String) -> (any MetricFunction)? { all.first { $0.kerasClass == name } }
}
