import LockstepCompute

/// A number that is reported beside the loss: Keras's metrics that are means over rows.
///
///     try model.compile(optimizer: .adam, loss: .categoricalCrossentropy, metrics: [.accuracy])
public struct Metric: Sendable, Equatable {
    enum Kind {
        case accuracy, binaryAccuracy, categoricalAccuracy, sparseCategoricalAccuracy, meanSquaredError,
            meanAbsoluteError
    }

    /// The metric's name in the history and in the progress output.
    public let name: String
    let kind: Kind

    /// Chosen by the shapes, as in Keras: see `resolved(outputs:targets:)`.
    public static let accuracy = Metric(name: "accuracy", kind: .accuracy)
    public static let binaryAccuracy = Metric(name: "binary_accuracy", kind: .binaryAccuracy)
    public static let categoricalAccuracy = Metric(name: "categorical_accuracy", kind: .categoricalAccuracy)
    public static let sparseCategoricalAccuracy = Metric(
        name: "sparse_categorical_accuracy", kind: .sparseCategoricalAccuracy)
    public static let meanSquaredError = Metric(name: "mean_squared_error", kind: .meanSquaredError)
    public static let meanAbsoluteError = Metric(name: "mean_absolute_error", kind: .meanAbsoluteError)

    static let named: [String: Kind] = [
        "accuracy": .accuracy, "acc": .accuracy, "binary_accuracy": .binaryAccuracy,
        "categorical_accuracy": .categoricalAccuracy,
        "sparse_categorical_accuracy": .sparseCategoricalAccuracy, "mean_squared_error": .meanSquaredError,
        "mse": .meanSquaredError,
        "mean_absolute_error": .meanAbsoluteError, "mae": .meanAbsoluteError,
    ]

    package static var names: [String] { named.keys.sorted() }

    /// The metric of a Keras name; it is reported under that name.
    ///
    /// - Throws: `LayerError.unknownName`.
    public static func named(_ name: String) throws(LayerError) -> Metric {
        guard let kind = named[name] ?? named[snakeCase(name)] else {
            throw .unknownName(kind: "metric", known: names, received: name)
        }
        return Metric(name: name, kind: kind)
    }

    /// The function for rows of these shapes; nil if the shape of the targets does not fit.
    ///
    /// Accuracy is binary if the outputs have one column. Otherwise it is sparse for class numbers (targets of a lower
    /// rank, or of one column), and categorical for all other targets (Keras, `compile_utils.get_metric`).
    package func resolved(outputs: Shape, targets: Shape) -> MetricFunction? {
        let function: MetricFunction =
            switch kind {
            case .accuracy:
                outputs.last == 1
                    ? .accuracy(.binary)
                    : targets.rank < outputs.rank || targets.last == 1
                        ? .accuracy(.sparseCategorical) : .accuracy(.categorical)
            case .binaryAccuracy: .accuracy(.binary)
            case .categoricalAccuracy: .accuracy(.categorical)
            case .sparseCategoricalAccuracy: .accuracy(.sparseCategorical)
            case .meanSquaredError: .error(.meanSquaredError)
            case .meanAbsoluteError: .error(.meanAbsoluteError)
            }
        let rows = outputs.count / max(outputs.last ?? 1, 1)
        let isSparse = if case .accuracy(.sparseCategorical) = function.kind { true } else { false }
        return targets.count == (isSparse ? rows : outputs.count) ? function : nil
    }
}

/// A metric that is resolved for its shapes.
package struct MetricFunction: Sendable {
    enum Kind {
        case accuracy(AccuracyKernel)
        case error(LossKernel)
    }
    let kind: Kind

    static func accuracy(_ kernel: AccuracyKernel) -> MetricFunction { MetricFunction(kind: .accuracy(kernel)) }
    static func error(_ kernel: LossKernel) -> MetricFunction { MetricFunction(kind: .error(kernel)) }

    /// The sum over a rank's rows, from which the mean is computed.
    ///
    /// - Parameter mask: 0 for rows that do not count; nil if all rows count.
    package func sum(outputs: Tensor, targets: Tensor, mask: Tensor? = nil, on crew: Crew) -> Double {
        guard let mask else { return sumOfAll(outputs: outputs, targets: targets, on: crew) }
        let rows = mask.count
        func some(_ x: Tensor, _ range: Range<Int>) -> Tensor {
            let width = x.count / max(rows, 1)
            return x.part(at: range.lowerBound * width, shape: [range.count, width])
        }
        var (sum, first) = (0.0, 0)
        // Adjacent rows that count are summed in one call.
        while first < rows {
            var last = first
            while last < rows, mask[last] != 0 { last += 1 }
            if last > first {
                sum += sumOfAll(outputs: some(outputs, first..<last), targets: some(targets, first..<last), on: crew)
            }
            first = last + 1
        }
        return sum
    }

    private func sumOfAll(outputs: Tensor, targets: Tensor, on crew: Crew) -> Double {
        switch kind {
        case .accuracy(let kernel): kernel.sum(outputs: outputs, targets: targets, on: crew)
        case .error(let kernel): kernel.sum(outputs: outputs, targets: targets, gradient: nil, on: crew)
        }
    }
}
