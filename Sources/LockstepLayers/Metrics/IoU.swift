import LockstepCompute
import LockstepGraph

/// The mean overlap of targets and outputs over some classes.
protocol OverlapMetric: CountingMetric where Counts == ConfusionMatrix {
    /// The classes of the mean.
    var targetClassIds: [Int] { get }
}

extension OverlapMetric {
    public var kerasType: String { "int32" }
    public func validate() throws(LayerError) {
        let classes = counts.classes
        try check("numClasses", classes, "at least 1", classes >= 1)
        try check(
            "targetClassIds", targetClassIds, "classes from 0 to \(classes - 1)",
            targetClassIds.allSatisfy { (0..<classes).contains($0) })
    }
    public func result(_ sums: ArraySlice<Double>, samples: Int) -> Double {
        counts.overlap(Array(sums), of: targetClassIds)
    }
}

/// The mean over some classes of `TP / (TP + FP + FN)`, the overlap of targets and outputs in relation to their
/// union. Classes that do not occur are left out.
public struct IoU: OverlapMetric {
    @Configured public private(set) var numClasses: Int
    @Configured public private(set) var targetClassIds: [Int]
    @Configured public private(set) var ignoreClass: Int?
    @Configured public private(set) var sparseYTrue: Bool
    @Configured public private(set) var sparseYPred: Bool

    /// - Parameters:
    ///   - targetClassIds: the classes of the mean.
    ///   - ignoreClass: the class whose targets do not count.
    ///   - sparseYTrue: whether targets are class numbers; if not, the largest of the last dimension is the class.
    ///   - sparseYPred: whether outputs are class numbers; if not, the largest of the last dimension is the class.
    public init(
        numClasses: Int, targetClassIds: [Int], ignoreClass: Int? = nil, sparseYTrue: Bool = true,
        sparseYPred: Bool = true
    ) {
        self.numClasses = numClasses
        self.targetClassIds = targetClassIds
        self.ignoreClass = ignoreClass
        self.sparseYTrue = sparseYTrue
        self.sparseYPred = sparseYPred
    }
    public init(arguments: LayerArguments) throws(LayerError) {
        self.init(
            numClasses: try arguments.value("num_classes"), targetClassIds: try arguments.value("target_class_ids"))
    }
    public static var fixedArguments: [String: ConfigurationValue] { ["axis": -1] }

    public var name: String { "io_u" }
    var counts: ConfusionMatrix {
        ConfusionMatrix(
            classes: numClasses, ignored: ignoreClass, hasTargetNumbers: sparseYTrue, hasOutputNumbers: sparseYPred)
    }
}

/// `IoU` over all classes. Arguments as of `IoU`.
public struct MeanIoU: OverlapMetric {
    @Configured public private(set) var numClasses: Int
    @Configured public private(set) var ignoreClass: Int?
    @Configured public private(set) var sparseYTrue: Bool
    @Configured public private(set) var sparseYPred: Bool

    public init(
        numClasses: Int, ignoreClass: Int? = nil, sparseYTrue: Bool = true, sparseYPred: Bool = true
    ) {
        self.numClasses = numClasses
        self.ignoreClass = ignoreClass
        self.sparseYTrue = sparseYTrue
        self.sparseYPred = sparseYPred
    }
    public init(arguments: LayerArguments) throws(LayerError) {
        self.init(numClasses: try arguments.value("num_classes"))
    }
    public static var fixedArguments: [String: ConfigurationValue] { ["axis": -1] }

    public var name: String { "mean_io_u" }
    var targetClassIds: [Int] { Array(0..<Swift.max(numClasses, 0)) }
    var counts: ConfusionMatrix {
        ConfusionMatrix(
            classes: numClasses, ignored: ignoreClass, hasTargetNumbers: sparseYTrue, hasOutputNumbers: sparseYPred)
    }
}

/// `IoU` for targets whose last dimension has 1 at the class. Arguments as of `IoU`.
public struct OneHotIoU: OverlapMetric {
    @Configured public private(set) var numClasses: Int
    @Configured public private(set) var targetClassIds: [Int]
    @Configured public private(set) var ignoreClass: Int?
    @Configured public private(set) var sparseYPred: Bool

    public init(
        numClasses: Int, targetClassIds: [Int], ignoreClass: Int? = nil, sparseYPred: Bool = false
    ) {
        self.numClasses = numClasses
        self.targetClassIds = targetClassIds
        self.ignoreClass = ignoreClass
        self.sparseYPred = sparseYPred
    }
    public init(arguments: LayerArguments) throws(LayerError) {
        self.init(
            numClasses: try arguments.value("num_classes"), targetClassIds: try arguments.value("target_class_ids"))
    }
    public static var fixedArguments: [String: ConfigurationValue] { ["axis": -1] }

    public var name: String { "one_hot_io_u" }
    var counts: ConfusionMatrix {
        ConfusionMatrix(
            classes: numClasses, ignored: ignoreClass, hasTargetNumbers: false, hasOutputNumbers: sparseYPred)
    }
}

/// `IoU` over all classes, for targets whose last dimension has 1 at the class. Arguments as of `IoU`.
public struct OneHotMeanIoU: OverlapMetric {
    @Configured public private(set) var numClasses: Int
    @Configured public private(set) var ignoreClass: Int?
    @Configured public private(set) var sparseYPred: Bool

    public init(
        numClasses: Int, ignoreClass: Int? = nil, sparseYPred: Bool = false
    ) {
        self.numClasses = numClasses
        self.ignoreClass = ignoreClass
        self.sparseYPred = sparseYPred
    }
    public init(arguments: LayerArguments) throws(LayerError) {
        self.init(numClasses: try arguments.value("num_classes"))
    }
    public static var fixedArguments: [String: ConfigurationValue] { ["axis": -1] }

    public var name: String { "one_hot_mean_io_u" }
    var targetClassIds: [Int] { Array(0..<Swift.max(numClasses, 0)) }
    var counts: ConfusionMatrix {
        ConfusionMatrix(
            classes: numClasses, ignored: ignoreClass, hasTargetNumbers: false, hasOutputNumbers: sparseYPred)
    }
}

/// `IoU` of two classes: outputs from the threshold on are of class 1.
public struct BinaryIoU: OverlapMetric {
    @Configured public private(set) var targetClassIds: [Int]
    @Configured public private(set) var threshold: Double

    public init(targetClassIds: [Int] = [0, 1], threshold: Double = 0.5) {
        self.targetClassIds = targetClassIds
        self.threshold = threshold
    }
    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public var name: String { "binary_io_u" }
    var counts: ConfusionMatrix {
        ConfusionMatrix(classes: 2, ignored: nil, hasTargetNumbers: true, hasOutputNumbers: true)
    }
    public func sums(outputs: SymbolicTensor, targets: SymbolicTensor, weights: SymbolicTensor?) -> SymbolicTensor {
        counts.sums(outputs: greaterOrEqual(outputs, Float(threshold)), targets: targets, weights: weights)
    }
}
