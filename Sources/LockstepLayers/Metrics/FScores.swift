import LockstepCompute
import LockstepGraph

/// How the scores of classes become one number.
public enum ClassAverage: String, Sendable, CaseIterable, ConfigurationConvertible {
    /// The score of all decisions together.
    case micro
    /// The mean of the classes' scores.
    case macro
    /// The mean of the classes' scores, weighted by how often a class is true.
    case weighted

    public init(_ argument: LayerArgument) throws(LayerError) {
        guard let average = argument.value.string.flatMap(Self.init(rawValue:)) else {
            // Without an average, Keras reports a number for each class.
            throw argument.mismatch("\"micro\", \"macro\" or \"weighted\", because a metric is one number")
        }
        self = average
    }
    public var configurationValue: ConfigurationValue { .string(rawValue) }
}

/// A score of classes.
protocol ScoreMetric: CountingMetric where Counts == ClassScore {}

extension ScoreMetric {
    public func validate() throws(LayerError) {
        try check("beta", counts.beta, "above 0", counts.beta > 0)
        let threshold = counts.threshold ?? 1
        try check("threshold", threshold, "above 0 and up to 1", threshold > 0 && threshold <= 1)
    }
    public func result(_ sums: ArraySlice<Double>, samples: Int) -> Double { counts.result(Array(sums)) }
}

/// The weighted harmonic mean `(1 + β²)·P·R / (β²·P + R)` of precision P and recall R.
public struct FBetaScore: ScoreMetric {
    @Configured public private(set) var average: ClassAverage
    @Configured public private(set) var beta: Double
    @Configured public private(set) var threshold: Double?

    /// - Parameters:
    ///   - threshold: outputs above it are positive; nil takes the largest output of each row.
    public init(average: ClassAverage, beta: Double = 1, threshold: Double? = nil) {
        self.average = average
        self.beta = beta
        self.threshold = threshold
    }
    public init(arguments: LayerArguments) throws(LayerError) {
        self.init(average: try ClassAverage(arguments.argument("average")))
    }

    public var name: String { "fbeta_score" }
    var counts: ClassScore { ClassScore(average: average, beta: beta, threshold: threshold) }
}

/// The harmonic mean `2·P·R / (P + R)` of precision P and recall R.
public struct F1Score: ScoreMetric {
    @Configured public private(set) var average: ClassAverage
    @Configured public private(set) var threshold: Double?

    /// - Parameters:
    ///   - threshold: outputs above it are positive; nil takes the largest output of each row.
    public init(average: ClassAverage, threshold: Double? = nil) {
        self.average = average
        self.threshold = threshold
    }
    public init(arguments: LayerArguments) throws(LayerError) {
        self.init(average: try ClassAverage(arguments.argument("average")))
    }

    public var name: String { "f1_score" }
    var counts: ClassScore { ClassScore(average: average, beta: 1, threshold: threshold) }
}

/// The F score of classes, with Keras's 1e-7 in each divisor. Sums, for each class: true positives, false positives,
/// false negatives, and true targets.
struct ClassScore: MetricCounts {
    let average: ClassAverage
    let beta: Double
    let threshold: Double?

    func accepts(targets: Shape, outputs: Shape) -> Bool { outputs.rank == 1 && targets.count == outputs.count }
    func sumCount(outputs: Shape) -> Int { 4 * (outputs.last ?? 1) }

    func sums(outputs: SymbolicTensor, targets: SymbolicTensor, weights: SymbolicTensor?) -> SymbolicTensor {
        let positive =
            threshold.map { greater(outputs, Float($0)) }
            ?? greaterOrEqual(outputs, max(outputs, axes: [-1], keepDims: true)) * greater(abs(outputs), 1e-9)
        let parts = [positive * targets, positive * (1 - targets), (1 - positive) * targets, targets]
        return concatenate(parts.map { part in weights.map { part * behind($0, part.spec.shape) } ?? part })
    }

    func result(_ sums: [Double]) -> Double {
        let classes = sums.count / 4
        func column(_ part: Int) -> [Double] { Array(sums[part * classes..<(part + 1) * classes]) }
        var (tp, fp, fn) = (column(0), column(1), column(2))
        if average == .micro { (tp, fp, fn) = ([tp.reduce(0, +)], [fp.reduce(0, +)], [fn.reduce(0, +)]) }
        let scores = tp.indices.map { place in
            let precision = tp[place] / (tp[place] + fp[place] + 1e-7)
            let recall = tp[place] / (tp[place] + fn[place] + 1e-7)
            return (1 + beta * beta) * precision * recall / (beta * beta * precision + recall + 1e-7)
        }
        guard average == .weighted else { return scores.reduce(0, +) / Double(scores.count) }
        let weights = column(3)
        return zip(scores, weights).reduce(0) { $0 + $1.0 * $1.1 } / (weights.reduce(0, +) + 1e-7)
    }
}
