import LockstepCompute
import LockstepGraph

/// `mean |output − target|`.
public struct MeanAbsoluteError: FusedLoss {
    @Configured public private(set) var reduction: LossReduction

    public init(reduction: LossReduction = .sumOverBatchSize) { self.reduction = reduction }

    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func losses(outputs: SymbolicTensor, targets: SymbolicTensor) -> SymbolicTensor {
        mean(abs(outputs - targets), axes: [-1])
    }

    package func fusedSum(
        outputs: Tensor, logits: Tensor?, targets: Tensor, weights: Tensor?, gradient: Tensor?, on crew: Crew
    ) -> Double {
        LossKernel.meanAbsoluteError.sum(
            outputs: outputs, targets: targets, weights: weights, gradient: gradient, on: crew)
    }
}

extension Loss where Self == MeanAbsoluteError {
    public static var meanAbsoluteError: Self { MeanAbsoluteError() }
    public static var mae: Self { MeanAbsoluteError() }
}
