import LockstepCompute

/// `−Σ t ln p` with p divided by its sum and cut to [1e-7, 1 − 1e-7]; targets smoothed to `t·(1 − s) + s/classes`.
///
/// Behind a softmax it is computed from the softmax's input z, the logits, as `Σ t (ln Σ e^z − z)` with the gradient `p Σt − t` by z, so that
/// neither saturates: what Keras does on TensorFlow. With `fromLogits` the outputs are the logits.
public struct CategoricalCrossentropy: Loss {
    public let name = "categorical_crossentropy"
    public let fromLogits: Bool
    public let labelSmoothing: Double

    public init(fromLogits: Bool = false, labelSmoothing: Double = 0) {
        self.fromLogits = fromLogits
        self.labelSmoothing = labelSmoothing
    }

    public var configuration: [String: any ConfigurationConvertible] {
        ["from_logits": fromLogits, "label_smoothing": labelSmoothing, "axis": -1]
    }

    public init(arguments: LayerArguments) throws(LayerError) {
        self.init(
            fromLogits: try arguments.value("from_logits", default: false),
            labelSmoothing: try arguments.value("label_smoothing", default: 0))
    }

    public func takesLogits(of activation: ActivationFunction) -> Bool { !fromLogits && activation == .softmax }

    public func sum(
        outputs: Tensor, logits: Tensor?, targets: Tensor, weights: Tensor?, gradient: Tensor?, on crew: Crew
    ) -> Double {
        LossKernel.categoricalCrossentropy.sum(
            outputs: outputs, logits: logits, targets: targets, weights: weights, gradient: gradient, fromLogits: fromLogits,
            labelSmoothing: labelSmoothing, on: crew)
    }
}

extension Loss where Self == CategoricalCrossentropy {
    public static var categoricalCrossentropy: Self { CategoricalCrossentropy() }
}
