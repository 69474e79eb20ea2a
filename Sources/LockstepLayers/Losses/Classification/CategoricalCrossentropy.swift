import LockstepCompute
import LockstepGraph

/// `−Σ t ln p` with p divided by its sum and clipped to [1e-7, 1 − 1e-7]. Targets are smoothed to
/// `t·(1 − s) + s/classes`.
///
/// After a softmax, the loss is computed from the softmax's input z, the logits: `Σ t (ln Σ e^z − z)`. The gradient
/// with respect to z is `p Σt − t`. So neither of them saturates. Keras does the same on TensorFlow. With `fromLogits`
/// the outputs are the logits.
public struct CategoricalCrossentropy: FusedLoss {
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

    public var targetValues: TargetValues { .notNegative }
    package func takesLogits(of activation: ActivationFunction) -> Bool { !fromLogits && activation == .softmax }

    public func losses(outputs: SymbolicTensor, targets: SymbolicTensor) -> SymbolicTensor {
        let classes = Float(targets.spec.shape.last ?? 1)
        let t = targets * Float(1 - labelSmoothing) + Float(labelSmoothing) / classes
        return -sum(t * logProbabilities(outputs, fromLogits: fromLogits), axes: [-1])
    }

    package func fusedSum(
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

/// The logarithms of probabilities: of a softmax of logits, or of outputs that are divided by their sum and clipped to
/// [1e-7, 1 − 1e-7].
func logProbabilities(_ outputs: SymbolicTensor, fromLogits: Bool) -> SymbolicTensor {
    if fromLogits { return activation(.logSoftmax, outputs) }
    return log(clip(outputs / sum(outputs, axes: [-1], keepDims: true), to: 1e-7...1 - 1e-7))
}
