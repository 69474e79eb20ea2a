import LockstepCompute
import LockstepGraph

/// `mean −(t ln p + (1 − t) ln(1 − p))` with p clipped to [1e-7, 1 − 1e-7]. Targets are smoothed to `t·(1 − s) + s/2`.
///
/// After a sigmoid, the loss is computed from the sigmoid's input z, the logits: `max(z, 0) − z·t + ln(1 + e^−|z|)`.
/// The gradient with respect to z is `p − t`. So neither of them saturates. Keras does the same on TensorFlow. With
/// `fromLogits` the outputs are the logits.
public struct BinaryCrossentropy: FusedLoss {
    @Configured public private(set) var fromLogits: Bool
    @Configured public private(set) var labelSmoothing: Double
    @Configured public private(set) var reduction: LossReduction

    public init(
        fromLogits: Bool = false, labelSmoothing: Double = 0, reduction: LossReduction = .sumOverBatchSize
    ) {
        self.fromLogits = fromLogits
        self.labelSmoothing = labelSmoothing
        self.reduction = reduction
    }

    public static var fixedArguments: [String: ConfigurationValue] { ["axis": -1] }

    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public var targetValues: TargetValues { .range(0...1) }
    package func takesLogits(of activation: ActivationFunction) -> Bool { !fromLogits && activation == .sigmoid }

    public func losses(outputs: SymbolicTensor, targets: SymbolicTensor) -> SymbolicTensor {
        let t = targets * Float(1 - labelSmoothing) + Float(0.5 * labelSmoothing)
        if fromLogits {
            return mean(activation(.softplus, outputs) - t * outputs, axes: [-1])
        }
        let p = clip(outputs, to: 1e-7...1 - 1e-7)
        return -mean(t * log(p) + (1 - t) * log(1 - p), axes: [-1])
    }

    package func fusedSum(
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
