import LockstepCompute
import LockstepGraph

/// The mean over some classes of `TP / (TP + FP + FN)`, the overlap of targets and outputs in relation to their union.
/// Classes that do not occur are left out. Keras's `IoU`; `MeanIoU` takes all classes.
public struct IoU: MetricFunction {
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
    public var kerasType: String { "int32" }
    private var matrix: ConfusionMatrix {
        ConfusionMatrix(
            classes: numClasses, ignored: ignoreClass, hasTargetNumbers: sparseYTrue, hasOutputNumbers: sparseYPred)
    }
    public func accepts(targets: Shape, outputs: Shape) -> Bool { matrix.accepts(targets: targets, outputs: outputs) }
    public func validate() throws(LayerError) {
        try check("numClasses", numClasses, "at least 1", numClasses >= 1)
        try check(
            "targetClassIds", targetClassIds, "classes from 0 to \(numClasses - 1)",
            targetClassIds.allSatisfy { (0..<numClasses).contains($0) })
    }
    public func sumCount(outputs: Shape, isWeighted: Bool) -> Int { matrix.sumCount }
    public func sums(outputs: SymbolicTensor, targets: SymbolicTensor, weights: SymbolicTensor?) -> SymbolicTensor {
        matrix.sums(outputs: outputs, targets: targets, weights: weights)
    }
    public func result(_ sums: ArraySlice<Double>, samples: Int) -> Double {
        matrix.overlap(Array(sums), of: targetClassIds)
    }
}

/// `IoU` of two classes: outputs from the threshold on are of class 1.
public struct BinaryIoU: MetricFunction {
    @Configured public private(set) var targetClassIds: [Int]
    @Configured public private(set) var threshold: Double

    public init(targetClassIds: [Int] = [0, 1], threshold: Double = 0.5) {
        self.targetClassIds = targetClassIds
        self.threshold = threshold
    }
    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public var name: String { "binary_io_u" }
    public var kerasType: String { "int32" }
    private var matrix: ConfusionMatrix {
        ConfusionMatrix(classes: 2, ignored: nil, hasTargetNumbers: true, hasOutputNumbers: true)
    }
    public func validate() throws(LayerError) {
        try check("targetClassIds", targetClassIds, "0 or 1", targetClassIds.allSatisfy { (0...1).contains($0) })
    }
    public func sumCount(outputs: Shape, isWeighted: Bool) -> Int { matrix.sumCount }
    public func sums(outputs: SymbolicTensor, targets: SymbolicTensor, weights: SymbolicTensor?) -> SymbolicTensor {
        matrix.sums(outputs: greaterOrEqual(outputs, Float(threshold)), targets: targets, weights: weights)
    }
    public func result(_ sums: ArraySlice<Double>, samples: Int) -> Double {
        matrix.overlap(Array(sums), of: targetClassIds)
    }
}

/// `IoU` over all classes. Arguments as of `IoU`.
public struct MeanIoU: MetricFunction {
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
    public var kerasType: String { "int32" }
    private var metric: IoU {
        IoU(
            numClasses: numClasses, targetClassIds: Array(0..<numClasses), ignoreClass: ignoreClass,
            sparseYTrue: sparseYTrue, sparseYPred: sparseYPred)
    }
    public func accepts(targets: Shape, outputs: Shape) -> Bool { metric.accepts(targets: targets, outputs: outputs) }
    public func validate() throws(LayerError) { try metric.validate() }
    public func sumCount(outputs: Shape, isWeighted: Bool) -> Int {
        metric.sumCount(outputs: outputs, isWeighted: isWeighted)
    }
    public func sums(outputs: SymbolicTensor, targets: SymbolicTensor, weights: SymbolicTensor?) -> SymbolicTensor {
        metric.sums(outputs: outputs, targets: targets, weights: weights)
    }
    public func result(_ sums: ArraySlice<Double>, samples: Int) -> Double { metric.result(sums, samples: samples) }
}

/// `IoU` for targets whose last dimension has 1 at the class. Arguments as of `IoU`.
public struct OneHotIoU: MetricFunction {
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
    public var kerasType: String { "int32" }
    private var metric: IoU {
        IoU(
            numClasses: numClasses, targetClassIds: targetClassIds, ignoreClass: ignoreClass,
            sparseYTrue: false, sparseYPred: sparseYPred)
    }
    public func accepts(targets: Shape, outputs: Shape) -> Bool { metric.accepts(targets: targets, outputs: outputs) }
    public func validate() throws(LayerError) { try metric.validate() }
    public func sumCount(outputs: Shape, isWeighted: Bool) -> Int {
        metric.sumCount(outputs: outputs, isWeighted: isWeighted)
    }
    public func sums(outputs: SymbolicTensor, targets: SymbolicTensor, weights: SymbolicTensor?) -> SymbolicTensor {
        metric.sums(outputs: outputs, targets: targets, weights: weights)
    }
    public func result(_ sums: ArraySlice<Double>, samples: Int) -> Double { metric.result(sums, samples: samples) }
}

/// `IoU` over all classes, for targets whose last dimension has 1 at the class. Arguments as of `IoU`.
public struct OneHotMeanIoU: MetricFunction {
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
    public var kerasType: String { "int32" }
    private var metric: IoU {
        IoU(
            numClasses: numClasses, targetClassIds: Array(0..<numClasses), ignoreClass: ignoreClass,
            sparseYTrue: false, sparseYPred: sparseYPred)
    }
    public func accepts(targets: Shape, outputs: Shape) -> Bool { metric.accepts(targets: targets, outputs: outputs) }
    public func validate() throws(LayerError) { try metric.validate() }
    public func sumCount(outputs: Shape, isWeighted: Bool) -> Int {
        metric.sumCount(outputs: outputs, isWeighted: isWeighted)
    }
    public func sums(outputs: SymbolicTensor, targets: SymbolicTensor, weights: SymbolicTensor?) -> SymbolicTensor {
        metric.sums(outputs: outputs, targets: targets, weights: weights)
    }
    public func result(_ sums: ArraySlice<Double>, samples: Int) -> Double { metric.result(sums, samples: samples) }
}
