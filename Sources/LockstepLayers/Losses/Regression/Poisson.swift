import LockstepCompute
import LockstepGraph

/// `mean (p − t ln(p + 1e-7))`, without the terms of the likelihood that do not depend on p.
public struct Poisson: Loss {
    @Configured public private(set) var reduction: LossReduction

    public init(reduction: LossReduction = .sumOverBatchSize) { self.reduction = reduction }

    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func losses(outputs: SymbolicTensor, targets: SymbolicTensor) -> SymbolicTensor {
        mean(outputs - targets * log(outputs + 1e-7), axes: [-1])
    }
}

extension Loss where Self == Poisson {
    public static var poisson: Self { Poisson() }
}
