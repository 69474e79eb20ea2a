import LockstepCompute
import LockstepGraph

/// `Σ t ln(t / p)`, the Kullback-Leibler divergence, with t and p clipped to [1e-7, 1].
public struct KLDivergence: Loss {
    @Configured public private(set) var reduction: LossReduction

    public init(reduction: LossReduction = .sumOverBatchSize) { self.reduction = reduction }

    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func losses(outputs: SymbolicTensor, targets: SymbolicTensor) -> SymbolicTensor {
        let (t, p) = (clip(targets, to: 1e-7...1), clip(outputs, to: 1e-7...1))
        return sum(t * log(t / p), axes: [-1])
    }
}

extension Loss where Self == KLDivergence {
    public static var kLDivergence: Self { KLDivergence() }
}
