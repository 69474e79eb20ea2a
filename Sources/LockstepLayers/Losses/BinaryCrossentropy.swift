import LockstepCompute

/// `mean −(t ln p + (1 − t) ln(1 − p))` with p cut to [1e-7, 1 − 1e-7]; targets smoothed to `t·(1 − s) + s/2`.
///
/// Behind a sigmoid it is computed from the sigmoid's input z, the logits, as `max(z, 0) − z·t + ln(1 + e^−|z|)` with the gradient `p − t` by z,
/// so that neither saturates: what Keras does on TensorFlow. With `fromLogits` the outputs are the logits.
public struct BinaryCrossentropy: Loss {
    public let name = "binary_crossentropy"
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

    public func takesLogits(of activation: ActivationFunction) -> Bool { !fromLogits && activation == .sigmoid }

    public func sum(
        outputs: Tensor, logits: Tensor?, targets: Tensor, weights: Tensor?, gradient: Tensor?, on crew: Crew
    ) -> Double {
        LossKernel.binaryCrossentropy.sum(
            outputs: outputs, logits: logits, targets: targets, weights: weights, gradient: gradient, fromLogits: fromLogits,
            labelSmoothing: labelSmoothing, on: crew)
    }
}

extension Loss where Self == BinaryCrossentropy {
    public static var binaryCrossentropy: Self { BinaryCrossentropy() }
}
