import LockstepCompute

/// `mean |output − target|`.
public struct MeanAbsoluteError: Loss {
    public let name = "mean_absolute_error"
    public init() {}
    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func sum(
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
