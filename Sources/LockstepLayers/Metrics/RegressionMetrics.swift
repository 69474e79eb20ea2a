import LockstepCompute
import LockstepGraph

/// `√ mean (output − target)²`. As in Keras, it does not heed the mask of the output.
public struct RootMeanSquaredError: MeanMetric {
    public init() {}
    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public var isBetterIfLarger: Bool { false }
    public var takesMask: Bool { false }
    public func values(outputs: SymbolicTensor, targets: SymbolicTensor) -> SymbolicTensor {
        square(outputs - targets)
    }
    public func result(mean: Double) -> Double { mean.squareRoot() }
}

/// The Pearson correlation of targets and outputs along a dimension, and its mean over rows. `axis` counts the batch as
/// 0; the last dimension is −1.
public struct PearsonCorrelation: MeanMetric {
    @Configured public private(set) var axis: Int

    public init(axis: Int = -1) { self.axis = axis }
    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func validate() throws(LayerError) { try check("axis", axis, "behind the batch", axis != 0) }
    public func values(outputs: SymbolicTensor, targets: SymbolicTensor) -> SymbolicTensor {
        let axes = [rowAxis(axis)]
        func normalized(_ x: SymbolicTensor) -> SymbolicTensor {
            let centered = x - mean(x, axes: axes, keepDims: true)
            return centered / sqrt(variance(centered, axes))
        }
        return mean(normalized(targets) * normalized(outputs), axes: axes)
    }
}

/// The concordance correlation of targets and outputs along a dimension (Lin, 1989), as Keras computes it, and its mean
/// over rows. `axis` counts the batch as 0; the last dimension is −1.
public struct ConcordanceCorrelation: MeanMetric {
    @Configured public private(set) var axis: Int

    public init(axis: Int = -1) { self.axis = axis }
    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func validate() throws(LayerError) { try check("axis", axis, "behind the batch", axis != 0) }
    public func values(outputs: SymbolicTensor, targets: SymbolicTensor) -> SymbolicTensor {
        let axes = [rowAxis(axis)]
        let (p, t) = (mean(outputs, axes: axes, keepDims: true), mean(targets, axes: axes, keepDims: true))
        let covariance = (targets - p) * (outputs - p)
        let norm = variance(targets, axes) + variance(outputs, axes) + square(t - p)
        return mean(2 * covariance / (norm + 1e-7), axes: axes)
    }
}

private func variance(_ x: SymbolicTensor, _ axes: [Int]) -> SymbolicTensor {
    mean(square(x - mean(x, axes: axes, keepDims: true)), axes: axes, keepDims: true)
}

/// The coefficient of determination `R² = 1 − Σ (t − p)² / Σ (t − mean t)²`.
public struct R2Score: MetricFunction {
    /// How the scores of columns become one number: their mean, or the mean weighted by their variances.
    public enum Aggregation: String, Sendable, CaseIterable, ConfigurationConvertible {
        case uniform = "uniform_average"
        case varianceWeighted = "variance_weighted_average"

        public init(_ argument: LayerArgument) throws(LayerError) {
            guard let aggregation = argument.value.string.flatMap(Self.init(rawValue:)) else {
                // Without aggregation, Keras reports a number for each column.
                throw argument.mismatch(
                    "\"uniform_average\" or \"variance_weighted_average\", because a metric is one number")
            }
            self = aggregation
        }
        public var configurationValue: ConfigurationValue { .string(rawValue) }
    }

    @Configured public private(set) var classAggregation: Aggregation
    @Configured public private(set) var numRegressors: Int

    /// - Parameter numRegressors: the number of predictors for the adjusted score; 0 does not adjust.
    public init(classAggregation: Aggregation = .uniform, numRegressors: Int = 0) {
        self.classAggregation = classAggregation
        self.numRegressors = numRegressors
    }
    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public var name: String { "r2_score" }
    public func accepts(targets: Shape, outputs: Shape) -> Bool {
        outputs.rank == 1 && targets.count == outputs.count
    }
    public func validate() throws(LayerError) {
        try check("numRegressors", numRegressors, "at least 0", numRegressors >= 0)
    }
    public func sumCount(outputs: Shape, isWeighted: Bool) -> Int { 4 * (outputs.last ?? 1) }
    public func sums(outputs: SymbolicTensor, targets: SymbolicTensor, weights: SymbolicTensor?) -> SymbolicTensor {
        // Targets are finite, so that the last part counts them.
        let parts = [targets, square(targets), square(targets - outputs), unequal(targets, .infinity)]
        return concatenate(parts.map { part in weights.map { part * behind($0, part.spec.shape) } ?? part })
    }

    public func result(_ sums: ArraySlice<Double>, samples: Int) -> Double {
        let columns = sums.count / 4
        func sum(_ part: Int, _ column: Int) -> Double { sums[sums.startIndex + part * columns + column] }
        let totals = (0..<columns).map { sum(1, $0) - sum(0, $0) * sum(0, $0) / sum(3, $0) }
        let scores = (0..<columns).map { column in
            let score = 1 - sum(2, column) / totals[column]
            return score.isInfinite ? 0 : score
        }
        let score =
            switch classAggregation {
            case .uniform: scores.reduce(0, +) / Double(columns)
            case .varianceWeighted: zip(totals, scores).reduce(0) { $0 + $1.0 * $1.1 } / totals.reduce(0, +)
            }
        let (n, p) = (Double(samples * columns), Double(numRegressors))
        // As in Keras, too few samples leave the score as it is.
        return p == 0 || p >= n - 1 ? score : 1 - (1 - score) * (n - 1) / (n - p - 1)
    }
}
