import LockstepCompute
import LockstepGraph

/// The largest sensitivity `TP / (TP + FN)` at a threshold where the specificity `TN / (TN + FP)` is at least the
/// given one. 0 where there is none.
public struct SensitivityAtSpecificity: MetricFunction {
    @Configured public private(set) var specificity: Double
    @Configured public private(set) var numThresholds: Int
    @Configured public private(set) var classId: Int?

    /// - Parameters:
    ///   - specificity: from 0 to 1.
    ///   - numThresholds: how many thresholds divide [0, 1] evenly.
    ///   - classId: the only column that counts.
    public init(specificity: Double, numThresholds: Int = 200, classId: Int? = nil) {
        self.specificity = specificity
        self.numThresholds = numThresholds
        self.classId = classId
    }
    public init(arguments: LayerArguments) throws(LayerError) {
        self.init(specificity: try arguments.value("specificity"))
    }

    private var confusion: ConfusionCounts {
        ConfusionCounts(thresholds: ConfusionCounts.even(numThresholds), classId: classId)
    }
    public func accepts(targets: Shape, outputs: Shape) -> Bool {
        targets.count == outputs.count && classId ?? 0 < outputs.last ?? 1
    }
    public func validate() throws(LayerError) {
        try check("specificity", specificity, "from 0 to 1", (0...1).contains(specificity))
        try check("numThresholds", numThresholds, "at least 1", numThresholds >= 1)
        try check("classId", classId ?? 0, "at least 0", classId ?? 0 >= 0)
    }
    public func sumCount(outputs: Shape, isWeighted: Bool) -> Int { confusion.width }
    public func sums(outputs: SymbolicTensor, targets: SymbolicTensor, weights: SymbolicTensor?) -> SymbolicTensor {
        confusion.sums(outputs: outputs, targets: targets, weights: weights)
    }
    public func result(_ sums: ArraySlice<Double>, samples: Int) -> Double {
        let counts = confusion.counts(sums)
        let feasible = confusion.thresholds.indices.filter {
            quotient(counts.tn[$0], counts.tn[$0] + counts.fp[$0]) >= specificity
        }
        return feasible.map { quotient(counts.tp[$0], counts.tp[$0] + counts.fn[$0]) }.max() ?? 0
    }
}

/// The largest specificity `TN / (TN + FP)` at a threshold where the sensitivity `TP / (TP + FN)` is at least the
/// given one. 0 where there is none.
public struct SpecificityAtSensitivity: MetricFunction {
    @Configured public private(set) var sensitivity: Double
    @Configured public private(set) var numThresholds: Int
    @Configured public private(set) var classId: Int?

    /// - Parameters:
    ///   - sensitivity: from 0 to 1.
    ///   - numThresholds: how many thresholds divide [0, 1] evenly.
    ///   - classId: the only column that counts.
    public init(sensitivity: Double, numThresholds: Int = 200, classId: Int? = nil) {
        self.sensitivity = sensitivity
        self.numThresholds = numThresholds
        self.classId = classId
    }
    public init(arguments: LayerArguments) throws(LayerError) {
        self.init(sensitivity: try arguments.value("sensitivity"))
    }

    private var confusion: ConfusionCounts {
        ConfusionCounts(thresholds: ConfusionCounts.even(numThresholds), classId: classId)
    }
    public func accepts(targets: Shape, outputs: Shape) -> Bool {
        targets.count == outputs.count && classId ?? 0 < outputs.last ?? 1
    }
    public func validate() throws(LayerError) {
        try check("sensitivity", sensitivity, "from 0 to 1", (0...1).contains(sensitivity))
        try check("numThresholds", numThresholds, "at least 1", numThresholds >= 1)
        try check("classId", classId ?? 0, "at least 0", classId ?? 0 >= 0)
    }
    public func sumCount(outputs: Shape, isWeighted: Bool) -> Int { confusion.width }
    public func sums(outputs: SymbolicTensor, targets: SymbolicTensor, weights: SymbolicTensor?) -> SymbolicTensor {
        confusion.sums(outputs: outputs, targets: targets, weights: weights)
    }
    public func result(_ sums: ArraySlice<Double>, samples: Int) -> Double {
        let counts = confusion.counts(sums)
        let feasible = confusion.thresholds.indices.filter {
            quotient(counts.tp[$0], counts.tp[$0] + counts.fn[$0]) >= sensitivity
        }
        return feasible.map { quotient(counts.tn[$0], counts.tn[$0] + counts.fp[$0]) }.max() ?? 0
    }
}

/// The largest precision `TP / (TP + FP)` at a threshold where the recall `TP / (TP + FN)` is at least the given one.
/// 0 where there is none.
public struct PrecisionAtRecall: MetricFunction {
    @Configured public private(set) var recall: Double
    @Configured public private(set) var numThresholds: Int
    @Configured public private(set) var classId: Int?

    /// - Parameters:
    ///   - recall: from 0 to 1.
    ///   - numThresholds: how many thresholds divide [0, 1] evenly.
    ///   - classId: the only column that counts.
    public init(recall: Double, numThresholds: Int = 200, classId: Int? = nil) {
        self.recall = recall
        self.numThresholds = numThresholds
        self.classId = classId
    }
    public init(arguments: LayerArguments) throws(LayerError) { self.init(recall: try arguments.value("recall")) }

    private var confusion: ConfusionCounts {
        ConfusionCounts(thresholds: ConfusionCounts.even(numThresholds), classId: classId)
    }
    public func accepts(targets: Shape, outputs: Shape) -> Bool {
        targets.count == outputs.count && classId ?? 0 < outputs.last ?? 1
    }
    public func validate() throws(LayerError) {
        try check("recall", recall, "from 0 to 1", (0...1).contains(recall))
        try check("numThresholds", numThresholds, "at least 1", numThresholds >= 1)
        try check("classId", classId ?? 0, "at least 0", classId ?? 0 >= 0)
    }
    public func sumCount(outputs: Shape, isWeighted: Bool) -> Int { confusion.width }
    public func sums(outputs: SymbolicTensor, targets: SymbolicTensor, weights: SymbolicTensor?) -> SymbolicTensor {
        confusion.sums(outputs: outputs, targets: targets, weights: weights)
    }
    public func result(_ sums: ArraySlice<Double>, samples: Int) -> Double {
        let counts = confusion.counts(sums)
        let feasible = confusion.thresholds.indices.filter {
            quotient(counts.tp[$0], counts.tp[$0] + counts.fn[$0]) >= recall
        }
        return feasible.map { quotient(counts.tp[$0], counts.tp[$0] + counts.fp[$0]) }.max() ?? 0
    }
}

/// The largest recall `TP / (TP + FN)` at a threshold where the precision `TP / (TP + FP)` is at least the given one.
/// 0 where there is none.
public struct RecallAtPrecision: MetricFunction {
    @Configured public private(set) var precision: Double
    @Configured public private(set) var numThresholds: Int
    @Configured public private(set) var classId: Int?

    /// - Parameters:
    ///   - precision: from 0 to 1.
    ///   - numThresholds: how many thresholds divide [0, 1] evenly.
    ///   - classId: the only column that counts.
    public init(precision: Double, numThresholds: Int = 200, classId: Int? = nil) {
        self.precision = precision
        self.numThresholds = numThresholds
        self.classId = classId
    }
    public init(arguments: LayerArguments) throws(LayerError) { self.init(precision: try arguments.value("precision")) }

    private var confusion: ConfusionCounts {
        ConfusionCounts(thresholds: ConfusionCounts.even(numThresholds), classId: classId)
    }
    public func accepts(targets: Shape, outputs: Shape) -> Bool {
        targets.count == outputs.count && classId ?? 0 < outputs.last ?? 1
    }
    public func validate() throws(LayerError) {
        try check("precision", precision, "from 0 to 1", (0...1).contains(precision))
        try check("numThresholds", numThresholds, "at least 1", numThresholds >= 1)
        try check("classId", classId ?? 0, "at least 0", classId ?? 0 >= 0)
    }
    public func sumCount(outputs: Shape, isWeighted: Bool) -> Int { confusion.width }
    public func sums(outputs: SymbolicTensor, targets: SymbolicTensor, weights: SymbolicTensor?) -> SymbolicTensor {
        confusion.sums(outputs: outputs, targets: targets, weights: weights)
    }
    public func result(_ sums: ArraySlice<Double>, samples: Int) -> Double {
        let counts = confusion.counts(sums)
        let feasible = confusion.thresholds.indices.filter {
            quotient(counts.tp[$0], counts.tp[$0] + counts.fp[$0]) >= precision
        }
        return feasible.map { quotient(counts.tp[$0], counts.tp[$0] + counts.fn[$0]) }.max() ?? 0
    }
}
