import LockstepCompute
import LockstepGraph

/// `Σ α (1 − p)^γ · −t ln p` with p divided by its sum and clipped to [1e-7, 1 − 1e-7], so that rows that are right
/// already count less (Lin et al., 2018). α is one number, or one for each class. Targets are smoothed to `t·(1 − s)
/// + s/classes`. With `fromLogits` the outputs are logits.
public struct CategoricalFocalCrossentropy: Loss {
    @Configured public private(set) var alpha: ClassFactors
    @Configured public private(set) var gamma: Double
    @Configured public private(set) var fromLogits: Bool
    @Configured public private(set) var labelSmoothing: Double
    @Configured public private(set) var reduction: LossReduction

    public init(
        alpha: ClassFactors = 0.25, gamma: Double = 2, fromLogits: Bool = false, labelSmoothing: Double = 0,
        reduction: LossReduction = .sumOverBatchSize
    ) {
        self.alpha = alpha
        self.gamma = gamma
        self.fromLogits = fromLogits
        self.labelSmoothing = labelSmoothing
        self.reduction = reduction
    }

    public static var fixedArguments: [String: ConfigurationValue] { ["axis": -1] }

    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public var targetValues: TargetValues { .notNegative }

    public func losses(outputs: SymbolicTensor, targets: SymbolicTensor) -> SymbolicTensor {
        let classes = Float(targets.spec.shape.last ?? 1)
        let t = targets * Float(1 - labelSmoothing) + Float(labelSmoothing) / classes
        let given = fromLogits ? softmax(outputs) : outputs
        let p = clip(given / sum(given, axes: [-1], keepDims: true), to: 1e-7...1 - 1e-7)
        return sum(pow(1 - p, Float(gamma)) * alpha.tensor * (-t * log(p)), axes: [-1])
    }
}

extension Loss where Self == CategoricalFocalCrossentropy {
    public static var categoricalFocalCrossentropy: Self { CategoricalFocalCrossentropy() }
}
