import LockstepCompute

/// `mean −(t ln p + (1 − t) ln(1 − p))` with p clipped to [1e-7, 1 − 1e-7]. Targets are smoothed to `t·(1 − s) + s/2`.
///
/// After a sigmoid, the loss is computed from the sigmoid's input z, the logits: `max(z, 0) − z·t + ln(1 + e^−|z|)`. The
/// gradient with respect to z is `p − t`. So neither of them saturates. Keras does the same on TensorFlow. With
/// `fromLogits` the outputs are the logits.
public struct BinaryCrossentropy: Loss {
    public let name = "binary_crossentropy"
    @Configured public private(set) var fromLogits: Bool
    @Configured public private(set) var labelSmoothing: Double

    public init(fromLogits: Bool = false, labelSmoothing: Double = 0) {
        self.fromLogits = fromLogits
        self.labelSmoothing = labelSmoothing
    }

    public static var fixedArguments: [String: ConfigurationValue] { ["axis": -1] }

    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public var targetValues: TargetValues { .range(0...1) }
    public func takesLogits(of activation: ActivationFunction) -> Bool { !fromLogits && activation == .sigmoid }

    public func sum(
        outputs: Tensor, logits: Tensor?, targets: Tensor, weights: Tensor?, gradient: Tensor?, on crew: Crew
    ) -> Double {
        LossKernel.binaryCrossentropy.sum(
            outputs: outputs, logits: logits, targets: targets, weights: weights, gradient: gradient,
            fromLogits: fromLogits,
            labelSmoothing: labelSmoothing, on: crew)
    }
}

extension Loss where Self == BinaryCrossentropy {
    public static var binaryCrossentropy: Self { BinaryCrossentropy() }
}
