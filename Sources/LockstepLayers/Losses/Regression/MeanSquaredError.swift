import LockstepCompute
import LockstepGraph

/// `mean (output − target)²`.
public struct MeanSquaredError: FusedLoss {
    @Configured public private(set) var reduction: LossReduction

    public init(reduction: LossReduction = .sumOverBatchSize) { self.reduction = reduction }

    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func losses(outputs: SymbolicTensor, targets: SymbolicTensor) -> SymbolicTensor {
        mean(square(outputs - targets), axes: [-1])
    }

    package func fusedSum(
        outputs: Tensor, logits: Tensor?, targets: Tensor, weights: Tensor?, gradient: Tensor?, on crew: Crew
    ) -> Double {
        LossKernel.meanSquaredError.sum(
            outputs: outputs, targets: targets, weights: weights, gradient: gradient, on: crew)
    }
}

extension Loss where Self == MeanSquaredError {
    public static var meanSquaredError: Self { MeanSquaredError() }
    public static var mse: Self { MeanSquaredError() }
}
