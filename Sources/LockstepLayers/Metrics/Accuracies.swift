import LockstepCompute
import LockstepGraph

/// Accuracy of the kind that suits the shapes (Keras, `compile_utils.get_metric`): binary if the outputs have one
/// column; otherwise sparse for class numbers, which are targets of a lower rank or of one column; otherwise
/// categorical.
struct AccuracyByShape: MetricFunction {
    var name: String { "accuracy" }
    var takesMask: Bool { true }

    func function(outputs: Shape, targets: Shape) -> any MetricFunction {
        if outputs.last == 1 { return BinaryAccuracy() }
        let isSparse = targets.rank < outputs.rank || targets.last == 1
        return isSparse ? SparseCategoricalAccuracy() : CategoricalAccuracy()
    }

    func sumCount(outputs: Shape, isWeighted: Bool) -> Int { isWeighted ? 2 : 1 }
    func sums(outputs: SymbolicTensor, targets: SymbolicTensor, weights: SymbolicTensor?) -> SymbolicTensor {
        preconditionFailure("accuracy is computed by the function for the shapes")
    }
    func result(_ sums: ArraySlice<Double>, samples: Int) -> Double {
        BinaryAccuracy().result(sums, samples: samples)
    }
}

/// The share of outputs that equal their targets: Keras's class `Accuracy`. It is not what `"accuracy"` stands for.
public struct Accuracy: MeanMetric {
    public init() {}
    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func values(outputs: SymbolicTensor, targets: SymbolicTensor) -> SymbolicTensor { equal(targets, outputs) }
}

/// The share of outputs that are above the threshold exactly where their targets are 1.
public struct BinaryAccuracy: FusedMetric {
    @Configured public private(set) var threshold: Double

    public init(threshold: Double = 0.5) { self.threshold = threshold }
    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func values(outputs: SymbolicTensor, targets: SymbolicTensor) -> SymbolicTensor {
        equal(targets, greater(outputs, Float(threshold)))
    }

    package var kernel: MetricKernel? { threshold == 0.5 ? .accuracy(.binary) : nil }
}

/// The share of rows whose largest output is where the largest target is.
public struct CategoricalAccuracy: FusedMetric {
    public init() {}
    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func values(outputs: SymbolicTensor, targets: SymbolicTensor) -> SymbolicTensor {
        equal(argmax(targets), argmax(outputs))
    }

    package var kernel: MetricKernel? { .accuracy(.categorical) }
}

/// The share of rows whose largest output is in the column that the target says.
public struct SparseCategoricalAccuracy: FusedMetric {
    public init() {}
    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func accepts(targets: Shape, outputs: Shape) -> Bool { targets.count == positions(outputs).count }
    public func values(outputs: SymbolicTensor, targets: SymbolicTensor) -> SymbolicTensor {
        equal(reshape(targets, positions(outputs.spec.shape)), argmax(outputs))
    }

    package var kernel: MetricKernel? { .accuracy(.sparseCategorical) }
}

/// The share of rows whose output in the right class is among the k largest. Equal outputs count in favour. The right
/// class is where the largest target is.
public struct TopKCategoricalAccuracy: MeanMetric {
    @Configured public private(set) var k: Int

    public init(k: Int = 5) { self.k = k }
    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func validate() throws(LayerError) { try check("k", k, "at least 1", k >= 1) }

    public func values(outputs: SymbolicTensor, targets: SymbolicTensor) -> SymbolicTensor {
        isAmongLargest(k, outputs, argmax(targets))
    }
}

/// The share of rows whose output in the right class is among the k largest. Equal outputs count in favour. Targets are
/// class numbers. With `fromSortedIds` the outputs are class numbers, the best first.
public struct SparseTopKCategoricalAccuracy: MeanMetric {
    @Configured public private(set) var k: Int
    @Configured public private(set) var fromSortedIds: Bool

    public init(k: Int = 5, fromSortedIds: Bool = false) {
        self.k = k
        self.fromSortedIds = fromSortedIds
    }
    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func validate() throws(LayerError) { try check("k", k, "at least 1", k >= 1) }

    /// Keras writes `from_sorted_ids` only if it is true.
    public var configuration: [String: any ConfigurationConvertible] {
        fromSortedIds ? ["k": k, "from_sorted_ids": true] : ["k": k]
    }

    public func accepts(targets: Shape, outputs: Shape) -> Bool { targets.count == positions(outputs).count }
    public func values(outputs: SymbolicTensor, targets: SymbolicTensor) -> SymbolicTensor {
        let targets = reshape(targets, positions(outputs.spec.shape))
        guard fromSortedIds else { return isAmongLargest(k, outputs, targets) }
        let first = slice(outputs, axis: -1, 0..<Swift.min(k, outputs.spec.shape.last ?? 0))
        return max(equal(first, behind(targets, first.spec.shape)), axes: [-1])
    }
}

/// The shape of a row of outputs without the last dimension.
func positions(_ outputs: Shape) -> Shape { Shape(outputs.dimensions.dropLast()) }

/// 1 where fewer than k outputs are larger than the one of the right class.
private func isAmongLargest(_ k: Int, _ outputs: SymbolicTensor, _ classes: SymbolicTensor) -> SymbolicTensor {
    let right = sum(outputs * oneHot(classes, depth: outputs.spec.shape.last ?? 0), axes: [-1], keepDims: true)
    return greater(Float(k) - sum(greater(outputs, right), axes: [-1]), 0)
}
