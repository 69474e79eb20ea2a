import LockstepCompute
import LockstepGraph

/// The largest value of one rate at a threshold where another one is at least a given number; 0 where there is none.
protocol BestAtConstraint: CountingMetric where Counts == ConfusionCounts {
    var numThresholds: Int { get }
    var classId: Int? { get }
    /// The rate that is reported.
    var rate: DecisionRate { get }
    var constraint: (rate: DecisionRate, name: String, least: Double) { get }
}

extension BestAtConstraint {
    var counts: ConfusionCounts {
        ConfusionCounts(thresholds: ConfusionCounts.even(numThresholds), classId: classId)
    }
    public func validate() throws(LayerError) {
        try check(constraint.name, constraint.least, "from 0 to 1", (0...1).contains(constraint.least))
        try check("numThresholds", numThresholds, "at least 1", numThresholds >= 1)
        try check("classId", classId ?? 0, "at least 0", classId ?? 0 >= 0)
    }
    public func result(_ sums: ArraySlice<Double>, samples: Int) -> Double {
        let decisions = counts.decisions(sums)
        let feasible = decisions.tp.indices.filter { constraint.rate(decisions, $0) >= constraint.least }
        return feasible.map { rate(decisions, $0) }.max() ?? 0
    }
}

/// The largest sensitivity `TP / (TP + FN)` at a threshold where the specificity `TN / (TN + FP)` is at least the
/// given one. It is 0 where there is none.
public struct SensitivityAtSpecificity: BestAtConstraint {
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

    var rate: DecisionRate { .recall }
    var constraint: (rate: DecisionRate, name: String, least: Double) { (.specificity, "specificity", specificity) }
}

/// The largest specificity `TN / (TN + FP)` at a threshold where the sensitivity `TP / (TP + FN)` is at least the
/// given one. It is 0 where there is none.
public struct SpecificityAtSensitivity: BestAtConstraint {
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

    var rate: DecisionRate { .specificity }
    var constraint: (rate: DecisionRate, name: String, least: Double) { (.recall, "sensitivity", sensitivity) }
}

/// The largest precision `TP / (TP + FP)` at a threshold where the recall `TP / (TP + FN)` is at least the given one.
/// It is 0 where there is none.
public struct PrecisionAtRecall: BestAtConstraint {
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

    var rate: DecisionRate { .precision }
    var constraint: (rate: DecisionRate, name: String, least: Double) { (.recall, "recall", recall) }
}

/// The largest recall `TP / (TP + FN)` at a threshold where the precision `TP / (TP + FP)` is at least the given one.
/// It is 0 where there is none.
public struct RecallAtPrecision: BestAtConstraint {
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

    var rate: DecisionRate { .recall }
    var constraint: (rate: DecisionRate, name: String, least: Double) { (.precision, "precision", precision) }
}
