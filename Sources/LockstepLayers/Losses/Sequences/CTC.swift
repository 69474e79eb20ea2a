import LockstepCompute
import LockstepGraph

/// The connectionist temporal classification loss, for sequences of labels without times (Graves et al., 2006): −ln of
/// the probability that the outputs read as the labels, where repeated classes are read once, and class 0 not at all.
///
/// Outputs are logits `[batch, steps, classes]`. Targets are class numbers `[batch, length]`; a 0 ends the labels of a
/// sample. The labels must fit into the steps, with a step between equal neighbours.
public struct CTC: Loss {
    @Configured public private(set) var reduction: LossReduction

    public init(reduction: LossReduction = .sumOverBatchSize) { self.reduction = reduction }
    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public var targetValues: TargetValues { .notNegative }
    public func positions(outputs: Shape) -> Shape { [] }
    public func requirement(targets: Shape, outputs: Shape) -> String? {
        outputs.rank == 2 && targets.rank == 1
            ? nil : "rows of labels [length], for outputs [steps, classes] and not \(outputs)"
    }

    public func losses(outputs: SymbolicTensor, targets: SymbolicTensor) -> SymbolicTensor {
        outputs.applying(ConnectionistOperation(), with: [targets])[0]
    }
}

extension Loss where Self == CTC {
    public static var ctc: Self { CTC() }
}
