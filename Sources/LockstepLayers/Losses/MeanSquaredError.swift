import LockstepCompute

/// `mean (output − target)²`.
public struct MeanSquaredError: Loss {
    public let name = "mean_squared_error"
    public init() {}
    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func sum(
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
