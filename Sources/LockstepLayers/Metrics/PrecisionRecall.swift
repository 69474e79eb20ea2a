import LockstepCompute
import LockstepGraph

/// A share of decisions at a threshold.
protocol RateMetric: CountingMetric where Counts == ConfusionCounts {
    var thresholds: DecisionThreshold? { get }
    var topK: Int? { get }
    var classId: Int? { get }
    var rate: DecisionRate { get }
}

extension RateMetric {
    var counts: ConfusionCounts {
        ConfusionCounts(
            thresholds: [thresholds?.value ?? (topK == nil ? 0.5 : -1e10)], topK: topK, classId: classId)
    }
    public func validate() throws(LayerError) {
        try check(thresholds)
        try check("topK", topK ?? 1, "at least 1", topK ?? 1 >= 1)
        try check("classId", classId ?? 0, "at least 0", classId ?? 0 >= 0)
    }
    public func result(_ sums: ArraySlice<Double>, samples: Int) -> Double { rate(counts.decisions(sums), 0) }
}

/// `TP / (TP + FP)`: the share of positive outputs that are true; 0 if there are none.
public struct Precision: RateMetric {
    @Configured public private(set) var thresholds: DecisionThreshold?
    @Configured public private(set) var topK: Int?
    @Configured public private(set) var classId: Int?

    /// - Parameters:
    ///   - threshold: outputs above it are positive; nil is ½, or with `topK` none.
    ///   - topK: only the k largest outputs of a row can be positive.
    ///   - classId: the only column that counts.
    public init(threshold: Double? = nil, topK: Int? = nil, classId: Int? = nil) {
        thresholds = threshold.map { DecisionThreshold($0) }
        self.topK = topK
        self.classId = classId
    }
    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    var rate: DecisionRate { .precision }
}

/// `TP / (TP + FN)`: the share of true targets whose output is positive; 0 if there are none.
public struct Recall: RateMetric {
    @Configured public private(set) var thresholds: DecisionThreshold?
    @Configured public private(set) var topK: Int?
    @Configured public private(set) var classId: Int?

    /// - Parameters: as of `Precision`.
    public init(threshold: Double? = nil, topK: Int? = nil, classId: Int? = nil) {
        thresholds = threshold.map { DecisionThreshold($0) }
        self.topK = topK
        self.classId = classId
    }
    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    var rate: DecisionRate { .recall }
}
