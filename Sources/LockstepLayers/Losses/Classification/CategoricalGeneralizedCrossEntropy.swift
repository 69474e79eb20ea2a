import LockstepCompute
import LockstepGraph

/// `(1 − p[class]^q) / q`, which minds wrong labels less than the cross-entropy does (Zhang and Sabuncu, 2018). q
/// lies between 0 and 1. Targets are class numbers.
public struct CategoricalGeneralizedCrossEntropy: Loss {
    @Configured public private(set) var q: Double
    @Configured public private(set) var reduction: LossReduction

    public init(
        q: Double = 0.5, reduction: LossReduction = .sumOverBatchSize
    ) {
        self.q = q
        self.reduction = reduction
    }

    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func validate() throws(LayerError) {
        try check("q", q, "above 0 and below 1", q > 0 && q < 1)
    }

    public var targetValues: TargetValues { .classNumbers }

    public func losses(outputs: SymbolicTensor, targets: SymbolicTensor) -> SymbolicTensor {
        let p = sum(outputs * oneHot(targets, depth: outputs.spec.shape.last ?? 0), axes: [-1])
        return (1 - pow(p, Float(q))) / Float(q)
    }
}

extension Loss where Self == CategoricalGeneralizedCrossEntropy {
    public static var categoricalGeneralizedCrossEntropy: Self { CategoricalGeneralizedCrossEntropy() }
}
