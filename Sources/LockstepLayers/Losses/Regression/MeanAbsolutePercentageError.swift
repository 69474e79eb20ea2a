import LockstepCompute
import LockstepGraph

/// `100 · mean |(output − target) / max(|target|, 1e-7)|`.
public struct MeanAbsolutePercentageError: Loss {
    @Configured public private(set) var reduction: LossReduction

    public init(reduction: LossReduction = .sumOverBatchSize) { self.reduction = reduction }

    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func losses(outputs: SymbolicTensor, targets: SymbolicTensor) -> SymbolicTensor {
        100 * mean(abs((targets - outputs) / maximum(abs(targets), 1e-7)), axes: [-1])
    }
}

extension Loss where Self == MeanAbsolutePercentageError {
    public static var meanAbsolutePercentageError: Self { MeanAbsolutePercentageError() }
}
