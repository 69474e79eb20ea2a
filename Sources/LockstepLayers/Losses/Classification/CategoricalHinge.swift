import LockstepCompute
import LockstepGraph

/// `max(0, max((1 − t)·p) − Σ t·p + 1)`.
public struct CategoricalHinge: Loss {
    @Configured public private(set) var reduction: LossReduction

    public init(reduction: LossReduction = .sumOverBatchSize) { self.reduction = reduction }

    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func losses(outputs: SymbolicTensor, targets: SymbolicTensor) -> SymbolicTensor {
        maximum(max((1 - targets) * outputs, axes: [-1]) - sum(targets * outputs, axes: [-1]) + 1, 0)
    }
}

extension Loss where Self == CategoricalHinge {
    public static var categoricalHinge: Self { CategoricalHinge() }
}
