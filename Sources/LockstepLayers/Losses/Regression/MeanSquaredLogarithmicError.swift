import LockstepCompute
import LockstepGraph

/// `mean (ln(max(output, 1e-7) + 1) − ln(max(target, 1e-7) + 1))²`.
public struct MeanSquaredLogarithmicError: Loss {
    @Configured public private(set) var reduction: LossReduction

    public init(reduction: LossReduction = .sumOverBatchSize) { self.reduction = reduction }

    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func losses(outputs: SymbolicTensor, targets: SymbolicTensor) -> SymbolicTensor {
        mean(square(log(maximum(outputs, 1e-7) + 1) - log(maximum(targets, 1e-7) + 1)), axes: [-1])
    }
}

extension Loss where Self == MeanSquaredLogarithmicError {
    public static var meanSquaredLogarithmicError: Self { MeanSquaredLogarithmicError() }
}
