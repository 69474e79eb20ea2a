import LockstepCompute

/// `−Σ t ln p` with p divided by its sum and cut to [1e-7, 1 − 1e-7]; targets smoothed to `t·(1 − s) + s/classes`.
///
/// After a softmax the gradient by the softmax's input is `p − t`. With `fromLogits` the outputs are that input.
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

    public func isSimplerBefore(_ activation: ActivationFunction) -> Bool { !fromLogits && activation == .softmax }

    public func sum(
        outputs: Tensor, targets: Tensor, weights: Tensor?, gradient: Tensor?, beforeActivation: Bool, on crew: Crew
    ) -> Double {
        LossKernel.categoricalCrossentropy.sum(
            outputs: outputs, targets: targets, weights: weights, gradient: gradient, fromLogits: fromLogits,
            beforeActivation: beforeActivation,
            labelSmoothing: labelSmoothing, on: crew)
    }
}

extension Loss where Self == CategoricalCrossentropy {
    public static var categoricalCrossentropy: Self { CategoricalCrossentropy() }
}
