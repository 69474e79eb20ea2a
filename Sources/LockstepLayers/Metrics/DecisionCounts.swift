import LockstepCompute
import LockstepGraph

/// The weighted number of outputs above the threshold whose target is not 0.
public struct TruePositives: MetricFunction {
    @Configured public private(set) var thresholds: DecisionThreshold?

    /// - Parameter threshold: from 0 to 1; nil is ½.
    public init(threshold: Double? = nil) { thresholds = threshold.map { DecisionThreshold($0) } }
    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public var isBetterIfLarger: Bool { true }
    public func validate() throws(LayerError) { try check(thresholds) }
    private var confusion: ConfusionCounts { ConfusionCounts(thresholds: [thresholds?.value ?? 0.5]) }
    public func sumCount(outputs: Shape, isWeighted: Bool) -> Int { confusion.width }
    public func sums(outputs: SymbolicTensor, targets: SymbolicTensor, weights: SymbolicTensor?) -> SymbolicTensor {
        confusion.sums(outputs: outputs, targets: targets, weights: weights)
    }
    public func result(_ sums: ArraySlice<Double>, samples: Int) -> Double { confusion.counts(sums).tp[0] }
}

/// The weighted number of outputs above the threshold whose target is 0.
public struct FalsePositives: MetricFunction {
    @Configured public private(set) var thresholds: DecisionThreshold?

    /// - Parameter threshold: from 0 to 1; nil is ½.
    public init(threshold: Double? = nil) { thresholds = threshold.map { DecisionThreshold($0) } }
    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public var isBetterIfLarger: Bool { false }
    public func validate() throws(LayerError) { try check(thresholds) }
    private var confusion: ConfusionCounts { ConfusionCounts(thresholds: [thresholds?.value ?? 0.5]) }
    public func sumCount(outputs: Shape, isWeighted: Bool) -> Int { confusion.width }
    public func sums(outputs: SymbolicTensor, targets: SymbolicTensor, weights: SymbolicTensor?) -> SymbolicTensor {
        confusion.sums(outputs: outputs, targets: targets, weights: weights)
    }
    public func result(_ sums: ArraySlice<Double>, samples: Int) -> Double { confusion.counts(sums).fp[0] }
}

/// The weighted number of outputs not above the threshold whose target is 0.
public struct TrueNegatives: MetricFunction {
    @Configured public private(set) var thresholds: DecisionThreshold?

    /// - Parameter threshold: from 0 to 1; nil is ½.
    public init(threshold: Double? = nil) { thresholds = threshold.map { DecisionThreshold($0) } }
    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public var isBetterIfLarger: Bool { true }
    public func validate() throws(LayerError) { try check(thresholds) }
    private var confusion: ConfusionCounts { ConfusionCounts(thresholds: [thresholds?.value ?? 0.5]) }
    public func sumCount(outputs: Shape, isWeighted: Bool) -> Int { confusion.width }
    public func sums(outputs: SymbolicTensor, targets: SymbolicTensor, weights: SymbolicTensor?) -> SymbolicTensor {
        confusion.sums(outputs: outputs, targets: targets, weights: weights)
    }
    public func result(_ sums: ArraySlice<Double>, samples: Int) -> Double { confusion.counts(sums).tn[0] }
}

/// The weighted number of outputs not above the threshold whose target is not 0.
public struct FalseNegatives: MetricFunction {
    @Configured public private(set) var thresholds: DecisionThreshold?

    /// - Parameter threshold: from 0 to 1; nil is ½.
    public init(threshold: Double? = nil) { thresholds = threshold.map { DecisionThreshold($0) } }
    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public var isBetterIfLarger: Bool { false }
    public func validate() throws(LayerError) { try check(thresholds) }
    private var confusion: ConfusionCounts { ConfusionCounts(thresholds: [thresholds?.value ?? 0.5]) }
    public func sumCount(outputs: Shape, isWeighted: Bool) -> Int { confusion.width }
    public func sums(outputs: SymbolicTensor, targets: SymbolicTensor, weights: SymbolicTensor?) -> SymbolicTensor {
        confusion.sums(outputs: outputs, targets: targets, weights: weights)
    }
    public func result(_ sums: ArraySlice<Double>, samples: Int) -> Double { confusion.counts(sums).fn[0] }
}
