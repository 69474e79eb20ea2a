import LockstepCompute
import LockstepGraph

/// `mean (1 − q)^γ · −(t ln p + (1 − t) ln(1 − p))` with `q = t·p + (1 − t)·(1 − p)`, so that rows that are right
/// already count less (Lin et al., 2018). In the logarithms p is clipped to [1e-7, 1 − 1e-7]. With
/// `applyClassBalancing` an element counts `t·α + (1 − t)·(1 − α)` times. Targets are smoothed to `t·(1 − s) + s/2`.
/// With `fromLogits` the outputs are logits.
public struct BinaryFocalCrossentropy: Loss {
    @Configured public private(set) var applyClassBalancing: Bool
    @Configured public private(set) var alpha: Double
    @Configured public private(set) var gamma: Double
    @Configured public private(set) var fromLogits: Bool
    @Configured public private(set) var labelSmoothing: Double
    @Configured public private(set) var reduction: LossReduction

    public init(
        applyClassBalancing: Bool = false, alpha: Double = 0.25, gamma: Double = 2, fromLogits: Bool = false,
        labelSmoothing: Double = 0, reduction: LossReduction = .sumOverBatchSize
    ) {
        self.applyClassBalancing = applyClassBalancing
        self.alpha = alpha
        self.gamma = gamma
        self.fromLogits = fromLogits
        self.labelSmoothing = labelSmoothing
        self.reduction = reduction
    }

    public static var fixedArguments: [String: ConfigurationValue] { ["axis": -1] }

    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public var targetValues: TargetValues { .range(0...1) }

    public func losses(outputs: SymbolicTensor, targets: SymbolicTensor) -> SymbolicTensor {
        let t = targets * Float(1 - labelSmoothing) + Float(0.5 * labelSmoothing)
        let p = fromLogits ? sigmoid(outputs) : outputs
        let clipped = clip(p, to: 1e-7...1 - 1e-7)
        let crossentropy = -(t * log(clipped) + (1 - t) * log(1 - clipped))
        let focal = pow(1 - (t * p + (1 - t) * (1 - p)), Float(gamma)) * crossentropy
        guard applyClassBalancing else { return mean(focal, axes: [-1]) }
        return mean((t * Float(alpha) + (1 - t) * Float(1 - alpha)) * focal, axes: [-1])
    }
}

extension Loss where Self == BinaryFocalCrossentropy {
    public static var binaryFocalCrossentropy: Self { BinaryFocalCrossentropy() }
}
