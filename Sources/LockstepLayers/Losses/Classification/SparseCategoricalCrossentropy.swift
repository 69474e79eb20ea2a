import LockstepCompute
import LockstepGraph

/// `−ln p[class]` with p divided by its sum and clipped to [1e-7, 1 − 1e-7]. Targets are class numbers, `[batch]`,
/// `[batch, 1]` or `[batch, 1, 1]`.
///
/// After a softmax, the loss is computed from the softmax's input z, the logits: `Σ t (ln Σ e^z − z)`. The gradient
/// with respect to z is `p Σt − t`. So neither of them saturates. Keras does the same on TensorFlow. With `fromLogits`
/// the outputs are the logits.
///
/// Rows whose target is `ignoreClass` have no loss, and do not count in the mean.
public struct SparseCategoricalCrossentropy: FusedLoss {
    @Configured public private(set) var fromLogits: Bool
    @Configured public private(set) var ignoreClass: Int?
    @Configured public private(set) var reduction: LossReduction

    public init(
        fromLogits: Bool = false, ignoreClass: Int? = nil, reduction: LossReduction = .sumOverBatchSize
    ) {
        self.fromLogits = fromLogits
        self.ignoreClass = ignoreClass
        self.reduction = reduction
    }

    public static func modernize(_ arguments: inout [String: ConfigurationValue]) {
        if arguments["axis"] == -1 { arguments["axis"] = nil }
    }

    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public var targetValues: TargetValues { .classNumbers(except: ignoreClass) }
    package var isFused: Bool { ignoreClass == nil }
    package func takesLogits(of activation: ActivationFunction) -> Bool { !fromLogits && activation == .softmax }

    public func losses(outputs: SymbolicTensor, targets: SymbolicTensor) -> SymbolicTensor {
        let chosen = oneHot(targets, depth: outputs.spec.shape.last ?? 0)
        let losses = -sum(chosen * logProbabilities(outputs, fromLogits: fromLogits), axes: [-1])
        return mask(targets: targets).map { losses * $0 } ?? losses
    }

    public func mask(targets: SymbolicTensor) -> SymbolicTensor? { ignoreClass.map { unequal(targets, Float($0)) } }

    package func fusedSum(
        outputs: Tensor, logits: Tensor?, targets: Tensor, weights: Tensor?, gradient: Tensor?, on crew: Crew
    ) -> Double {
        LossKernel.sparseCategoricalCrossentropy.sum(
            outputs: outputs, logits: logits, targets: targets, weights: weights, gradient: gradient,
            fromLogits: fromLogits, on: crew)
    }
}

extension Loss where Self == SparseCategoricalCrossentropy {
    public static var sparseCategoricalCrossentropy: Self { SparseCategoricalCrossentropy() }
}
