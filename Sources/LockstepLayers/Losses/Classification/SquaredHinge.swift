import LockstepCompute
import LockstepGraph

/// `mean max(0, 1 − t·p)²`. Targets are −1 and 1. If the targets of the global batch are all 0 or 1, 0 stands for −1.
public struct SquaredHinge: Loss {
    @Configured public private(set) var reduction: LossReduction

    public init(reduction: LossReduction = .sumOverBatchSize) { self.reduction = reduction }

    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func losses(outputs: SymbolicTensor, targets: SymbolicTensor) -> SymbolicTensor {
        mean(square(maximum(1 - signs(targets) * outputs, 0)), axes: [-1])
    }
}

extension Loss where Self == SquaredHinge {
    public static var squaredHinge: Self { SquaredHinge() }
}
