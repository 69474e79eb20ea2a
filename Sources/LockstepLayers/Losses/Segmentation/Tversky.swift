import LockstepCompute
import LockstepGraph

/// `1 − Σ t·p / (Σ t·p + α·Σ t·(1 − p) + β·Σ (1 − t)·p + 1e-7)`, for segmentation with rare classes (Salehi et al.,
/// 2017). `axis` lists the dimensions of the sums, with the batch as 0; nil takes all, so that the global batch has
/// one loss.
public struct Tversky: Loss {
    @Configured public private(set) var alpha: Double
    @Configured public private(set) var beta: Double
    @Configured public private(set) var axis: LossAxes?
    @Configured public private(set) var reduction: LossReduction

    public init(
        alpha: Double = 0.5, beta: Double = 0.5, axis: LossAxes? = nil, reduction: LossReduction = .sumOverBatchSize
    ) {
        self.alpha = alpha
        self.beta = beta
        self.axis = axis
        self.reduction = reduction
    }

    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func positions(outputs: Shape) -> Shape { lossPositions(outputs, over: axis) }

    public func losses(outputs: SymbolicTensor, targets: SymbolicTensor) -> SymbolicTensor {
        let overlap = total(targets * outputs, over: axis)
        let missed = total((1 - outputs) * targets, over: axis)
        let wrong = total(outputs * (1 - targets), over: axis)
        return 1 - overlap / (overlap + missed * Float(alpha) + wrong * Float(beta) + 1e-7)
    }
}

extension Loss where Self == Tversky {
    public static var tversky: Self { Tversky() }
}
