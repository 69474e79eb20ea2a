import LockstepCompute
import LockstepGraph

/// `mean max(0, 1 − t·p)`. Targets are −1 and 1. If the targets of the global batch are all 0 or 1, 0 stands for −1.
public struct Hinge: Loss {
    @Configured public private(set) var reduction: LossReduction

    public init(reduction: LossReduction = .sumOverBatchSize) { self.reduction = reduction }

    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func losses(outputs: SymbolicTensor, targets: SymbolicTensor) -> SymbolicTensor {
        mean(maximum(1 - signs(targets) * outputs, 0), axes: [-1])
    }
}

extension Loss where Self == Hinge {
    public static var hinge: Self { Hinge() }
}

/// Targets of −1 and 1, from those or from 0 and 1: `2t − 1` if all of the global batch are 0 or 1.
func signs(_ targets: SymbolicTensor) -> SymbolicTensor {
    let others = (1 - equal(targets, 0)) * (1 - equal(targets, 1))
    let areBinary = equal(batchSum(reshape(sum(others), [1])), 0)
    let factor = reshape(areBinary, Shape(targets.spec.shape.dimensions.map { _ in 1 }))
    return targets + factor * (targets - 1)
}
