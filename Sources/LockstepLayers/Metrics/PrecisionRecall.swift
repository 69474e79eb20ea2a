import LockstepCompute
import LockstepGraph

/// `TP / (TP + FP)`: the share of positive outputs that are true; 0 if there are none.
public struct Precision: MetricFunction {
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

    private var confusion: ConfusionCounts {
        ConfusionCounts(
            thresholds: [thresholds?.value ?? (topK == nil ? 0.5 : -1e10)], topK: topK, classId: classId)
    }
    public func accepts(targets: Shape, outputs: Shape) -> Bool {
        targets.count == outputs.count && classId ?? 0 < outputs.last ?? 1 && topK ?? 1 <= outputs.last ?? 1
    }
    public func validate() throws(LayerError) {
        try check(thresholds)
        try check("topK", topK ?? 1, "at least 1", topK ?? 1 >= 1)
        try check("classId", classId ?? 0, "at least 0", classId ?? 0 >= 0)
    }
    public func sumCount(outputs: Shape, isWeighted: Bool) -> Int { confusion.width }
    public func sums(outputs: SymbolicTensor, targets: SymbolicTensor, weights: SymbolicTensor?) -> SymbolicTensor {
        confusion.sums(outputs: outputs, targets: targets, weights: weights)
    }
    public func result(_ sums: ArraySlice<Double>, samples: Int) -> Double {
        let counts = confusion.counts(sums)
        return quotient(counts.tp[0], counts.tp[0] + counts.fp[0])
    }
}

/// `TP / (TP + FN)`: the share of true targets whose output is positive; 0 if there are none.
public struct Recall: MetricFunction {
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

    private var confusion: ConfusionCounts {
        ConfusionCounts(
            thresholds: [thresholds?.value ?? (topK == nil ? 0.5 : -1e10)], topK: topK, classId: classId)
    }
    public func accepts(targets: Shape, outputs: Shape) -> Bool {
        targets.count == outputs.count && classId ?? 0 < outputs.last ?? 1 && topK ?? 1 <= outputs.last ?? 1
    }
    public func validate() throws(LayerError) {
        try check(thresholds)
        try check("topK", topK ?? 1, "at least 1", topK ?? 1 >= 1)
        try check("classId", classId ?? 0, "at least 0", classId ?? 0 >= 0)
    }
    public func sumCount(outputs: Shape, isWeighted: Bool) -> Int { confusion.width }
    public func sums(outputs: SymbolicTensor, targets: SymbolicTensor, weights: SymbolicTensor?) -> SymbolicTensor {
        confusion.sums(outputs: outputs, targets: targets, weights: weights)
    }
    public func result(_ sums: ArraySlice<Double>, samples: Int) -> Double {
        let counts = confusion.counts(sums)
        return quotient(counts.tp[0], counts.tp[0] + counts.fn[0])
    }
}
