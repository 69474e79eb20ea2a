import LockstepCompute

/// `−Σ t ln p` with p divided by its sum and clipped to [1e-7, 1 − 1e-7]. Targets are smoothed to
/// `t·(1 − s) + s/classes`.
///
/// After a softmax, the loss is computed from the softmax's input z, the logits: `Σ t (ln Σ e^z − z)`. The gradient with
/// respect to z is `p Σt − t`. So neither of them saturates. Keras does the same on TensorFlow. With `fromLogits` the
/// outputs are the logits.
public struct CategoricalCrossentropy: Loss {
    public let name = "categorical_crossentropy"
    @Configured public private(set) var fromLogits: Bool
    @Configured public private(set) var labelSmoothing: Double

    public init(fromLogits: Bool = false, labelSmoothing: Double = 0) {
        self.fromLogits = fromLogits
        self.labelSmoothing = labelSmoothing
    }

    public static var fixedArguments: [String: ConfigurationValue] { ["axis": -1] }

    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public var targetValues: TargetValues { .notNegative }
    public func takesLogits(of activation: ActivationFunction) -> Bool { !fromLogits && activation == .softmax }

    public func sum(
        outputs: Tensor, logits: Tensor?, targets: Tensor, weights: Tensor?, gradient: Tensor?, on crew: Crew
    ) -> Double {
        LossKernel.categoricalCrossentropy.sum(
            outputs: outputs, logits: logits, targets: targets, weights: weights, gradient: gradient,
            fromLogits: fromLogits,
            labelSmoothing: labelSmoothing, on: crew)
    }
}

extension Loss where Self == CategoricalCrossentropy {
    public static var categoricalCrossentropy: Self { CategoricalCrossentropy() }
}
