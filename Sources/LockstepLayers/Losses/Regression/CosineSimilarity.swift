import LockstepCompute
import LockstepGraph

/// `−Σ t·p` with t and p divided by their lengths, along one dimension: −1 for the same direction. `axis` counts the
/// batch as 0; the last dimension is −1.
public struct CosineSimilarity: Loss {
    @Configured public private(set) var axis: Int
    @Configured public private(set) var reduction: LossReduction

    public init(axis: Int = -1, reduction: LossReduction = .sumOverBatchSize) {
        self.axis = axis
        self.reduction = reduction
    }

    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func validate() throws(LayerError) { try check("axis", Double(axis), "behind the batch", axis != 0) }
    public func positions(outputs: Shape) -> Shape { outputs.without(rowAxis(axis)) }

    public func losses(outputs: SymbolicTensor, targets: SymbolicTensor) -> SymbolicTensor {
        -cosine(outputs, targets, axis: rowAxis(axis))
    }
}

extension Loss where Self == CosineSimilarity {
    public static var cosineSimilarity: Self { CosineSimilarity() }
}

/// The cosine of the angle between two tensors along a dimension of the row. A length below 1e-7 counts as 1e-7.
func cosine(_ a: SymbolicTensor, _ b: SymbolicTensor, axis: Int) -> SymbolicTensor {
    func normalized(_ x: SymbolicTensor) -> SymbolicTensor {
        x * rsqrt(maximum(sum(square(x), axes: [axis], keepDims: true), 1e-14))
    }
    return sum(normalized(a) * normalized(b), axes: [axis])
}

/// A dimension of the row, from one that counts the batch as 0. Those from the end stay as they are.
func rowAxis(_ axis: Int) -> Int { axis > 0 ? axis - 1 : axis }

extension Shape {
    /// The shape without a dimension, which may be counted from the end.
    func without(_ axis: Int) -> Shape {
        var result = dimensions
        let place = axis < 0 ? rank + axis : axis
        if result.indices.contains(place) { result.remove(at: place) }
        return Shape(result)
    }
}
