import LockstepCompute
import LockstepGraph

/// What a metric computes: sums over samples, and a number from them. A metric of a program's own is one of these:
///
///     struct WithinOne: MeanMetric {
///         func values(outputs: SymbolicTensor, targets: SymbolicTensor) -> SymbolicTensor {
///             1 - greater(abs(outputs - targets), 1)
///         }
///     }
///     try model.compile(optimizer: .adam, loss: .mse, metrics: [Metric(WithinOne())])
///
/// The ranks add up the sums over the samples of an epoch. So the number does not depend on batches or ranks.
public protocol MetricFunction: Configurable, Sendable {
    /// Keras's class of the metric; by default the name of the type.
    var kerasClass: String { get }
    /// The name of the metric without a given one; by default Keras's class in the spelling `"mean_io_u"`.
    var name: String { get }
    /// The type that Keras counts in; by default `"float32"`.
    var kerasType: String { get }
    /// Whether positions that the output's mask leaves out do not count; as in Keras, by default only for means.
    var takesMask: Bool { get }
    /// Whether a model is better if the metric is larger; by default true.
    var isBetterIfLarger: Bool { get }
    /// Whether a row of targets has a suitable shape; by default it has as many elements as a row of outputs.
    func accepts(targets: Shape, outputs: Shape) -> Bool
    /// The number of sums.
    ///
    /// - Parameters:
    ///   - outputs: the shape of a row of outputs.
    ///   - isWeighted: whether samples have weights or a mask.
    func sumCount(outputs: Shape, isWeighted: Bool) -> Int
    /// What each sample adds to the sums: `[batch, sumCount]`.
    ///
    /// - Parameters:
    ///   - outputs: `[batch, …]`.
    ///   - targets: `[batch, …]`, of the outputs' shape if they have as many elements.
    ///   - weights: for each position, `[batch, …]` of the outputs' shape without the last dimension; nil if all are 1.
    func sums(outputs: SymbolicTensor, targets: SymbolicTensor, weights: SymbolicTensor?) -> SymbolicTensor
    /// The metric, from the sums over samples.
    func result(_ sums: ArraySlice<Double>, samples: Int) -> Double
    /// - Throws: `LayerError.compiled` for an argument out of its range.
    func validate() throws(LayerError)
}

extension MetricFunction {
    public var kerasClass: String { Self.className }
    public var name: String { snakeCase(kerasClass) }
    public var kerasType: String { "float32" }
    public var takesMask: Bool { false }
    public var isBetterIfLarger: Bool { true }
    public func accepts(targets: Shape, outputs: Shape) -> Bool { targets.count == outputs.count }
    public func validate() throws(LayerError) {}

    /// - Throws: `LayerError.compiled` if a condition on an argument does not hold.
    func check(_ argument: String, _ value: Any, _ requirement: String, _ holds: Bool) throws(LayerError) {
        guard holds else {
            throw .compiled(
                "metric \(kerasClass)", name: argument, requirement: requirement, received: "\(value)")
        }
    }
}

/// A metric that is the mean of values, weighted if there are weights: `Σ w·v / Σ w`, and 0 where nothing counts.
public protocol MeanMetric: MetricFunction {
    /// The values: `[batch, …]`, one or several for each position.
    func values(outputs: SymbolicTensor, targets: SymbolicTensor) -> SymbolicTensor
    /// The metric, from the mean; by default the mean itself.
    func result(mean: Double) -> Double
}

extension MeanMetric {
    public var takesMask: Bool { true }
    public func result(mean: Double) -> Double { mean }
    public func sumCount(outputs: Shape, isWeighted: Bool) -> Int { isWeighted ? 2 : 1 }

    public func sums(outputs: SymbolicTensor, targets: SymbolicTensor, weights: SymbolicTensor?) -> SymbolicTensor {
        let values = values(outputs: outputs, targets: targets)
        guard let weights else { return reshape(mean(values), [1]) }
        // A weight of a position counts for all values of the position.
        let weighted =
            values.spec.shape.count == weights.spec.shape.count
            ? reshape(values, weights.spec.shape) * weights : values * behind(weights, values.spec.shape)
        return concatenate([reshape(mean(weighted), [1]), reshape(mean(weights), [1])])
    }

    public func result(_ sums: ArraySlice<Double>, samples: Int) -> Double {
        let count = sums.count == 1 ? Double(samples) : sums[sums.startIndex + 1]
        return result(mean: count == 0 ? 0 : sums[sums.startIndex] / count)
    }
}

/// Weights with as many dimensions as values that they are for: with dimensions of 1 behind.
func behind(_ weights: SymbolicTensor, _ values: Shape) -> SymbolicTensor {
    let known = weights.spec.shape.dimensions
    return reshape(weights, Shape(known + Array(repeating: 1, count: Swift.max(values.rank - known.count, 0))))
}
