import LockstepCompute
import LockstepGraph

/// `1 − 2·Σ t·p / (Σ t + Σ p + 1e-7)`, for segmentation (Milletari et al., 2016). `axis` lists the dimensions of the
/// sums, with the batch as 0; nil takes all, so that the global batch has one loss.
public struct Dice: Loss {
    @Configured public private(set) var axis: LossAxes?
    @Configured public private(set) var reduction: LossReduction

    public init(axis: LossAxes? = nil, reduction: LossReduction = .sumOverBatchSize) {
        self.axis = axis
        self.reduction = reduction
    }

    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func positions(outputs: Shape) -> Shape { lossPositions(outputs, over: axis) }

    public func losses(outputs: SymbolicTensor, targets: SymbolicTensor) -> SymbolicTensor {
        let overlap = total(targets * outputs, over: axis)
        return 1 - 2 * overlap / (total(targets, over: axis) + total(outputs, over: axis) + 1e-7)
    }
}

extension Loss where Self == Dice {
    public static var dice: Self { Dice() }
}
