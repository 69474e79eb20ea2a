import LockstepCompute
import LockstepGraph

/// A weighted number of decisions of one kind at a threshold.
protocol DecisionCount: CountingMetric where Counts == ConfusionCounts {
    var thresholds: DecisionThreshold? { get }
    func count(_ decisions: ConfusionCounts.Decisions) -> [Double]
}

extension DecisionCount {
    var counts: ConfusionCounts { ConfusionCounts(thresholds: [thresholds?.value ?? 0.5]) }
    public func validate() throws(LayerError) { try check(thresholds) }
    public func result(_ sums: ArraySlice<Double>, samples: Int) -> Double { count(counts.decisions(sums))[0] }
}

/// The weighted number of outputs above the threshold whose target is not 0.
public struct TruePositives: DecisionCount {
    @Configured public private(set) var thresholds: DecisionThreshold?

    /// - Parameter threshold: from 0 to 1; nil is ½.
    public init(threshold: Double? = nil) { thresholds = threshold.map { DecisionThreshold($0) } }
    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    func count(_ decisions: ConfusionCounts.Decisions) -> [Double] { decisions.tp }
}

/// The weighted number of outputs above the threshold whose target is 0.
public struct FalsePositives: DecisionCount {
    @Configured public private(set) var thresholds: DecisionThreshold?

    /// - Parameter threshold: from 0 to 1; nil is ½.
    public init(threshold: Double? = nil) { thresholds = threshold.map { DecisionThreshold($0) } }
    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public var isBetterIfLarger: Bool { false }
    func count(_ decisions: ConfusionCounts.Decisions) -> [Double] { decisions.fp }
}

/// The weighted number of outputs not above the threshold whose target is 0.
public struct TrueNegatives: DecisionCount {
    @Configured public private(set) var thresholds: DecisionThreshold?

    /// - Parameter threshold: from 0 to 1; nil is ½.
    public init(threshold: Double? = nil) { thresholds = threshold.map { DecisionThreshold($0) } }
    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    func count(_ decisions: ConfusionCounts.Decisions) -> [Double] { decisions.tn }
}

/// The weighted number of outputs not above the threshold whose target is not 0.
public struct FalseNegatives: DecisionCount {
    @Configured public private(set) var thresholds: DecisionThreshold?

    /// - Parameter threshold: from 0 to 1; nil is ½.
    public init(threshold: Double? = nil) { thresholds = threshold.map { DecisionThreshold($0) } }
    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public var isBetterIfLarger: Bool { false }
    func count(_ decisions: ConfusionCounts.Decisions) -> [Double] { decisions.fn }
}
