import LockstepCompute
import LockstepGraph

/// `mean ln cosh e = e + softplus(−2e) − ln 2` with e = output − target.
public struct LogCosh: Loss {
    @Configured public private(set) var reduction: LossReduction

    public init(reduction: LossReduction = .sumOverBatchSize) { self.reduction = reduction }

    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func losses(outputs: SymbolicTensor, targets: SymbolicTensor) -> SymbolicTensor {
        let error = outputs - targets
        return mean(error + activation(.softplus, -2 * error) - 0.693_147_18, axes: [-1])
    }
}

extension Loss where Self == LogCosh {
    public static var logCosh: Self { LogCosh() }
}
