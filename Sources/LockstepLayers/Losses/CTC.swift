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

/// The loss of `CTC` for each sample, `[batch, 1]`, of logits `[batch, steps, classes]` and labels `[batch, length]`.
struct ConnectionistOperation: Operation {
    func outputs(_ inputs: [TensorSpec]) throws(OperationError) -> [TensorSpec] {
        guard inputs.count == 2, inputs.allSatisfy(\.isBatched), inputs[0].shape.rank == 2, inputs[1].shape.rank == 1
        else { throw .shapes(requirement: "[batch, steps, classes] and [batch, length]", received: inputs) }
        return [TensorSpec([1])]
    }

    func memory(_ call: OperationShapes) -> OperationMemory {
        OperationMemory(saved: call.training ? [call.inputs[0]] : [])
    }

    func forward(_ pass: ForwardPass) {
        let wrong = connectionistLoss(
            logits: pass.inputs[0], labels: pass.inputs[1], into: pass.output, gradient: pass.saved.first,
            on: pass.crew)
        guard let wrong else { return }
        let labels = pass.inputs[1].part(
            at: wrong * pass.inputs[1].shape[1], shape: [pass.inputs[1].shape[1]])
        pass.fail(
            .values(
                requirement:
                    "labels of classes that fit into the \(pass.inputs[0].shape[1]) steps, one step more between equal neighbours",
                received: labels.elements.first.map(Double.init) ?? 0))
    }

    func backward(_ pass: BackwardPass) {
        guard let dx = pass.inputGradient else { return }
        let (slope, dy) = (pass.saved[0], pass.outputGradient)
        let width = slope.count / max(dy.count, 1)
        for row in 0..<dy.count {
            scale(
                slope.part(at: row * width, shape: [width]), by: dy[row],
                into: dx.part(at: row * width, shape: [width]),
                on: pass.crew)
        }
    }
}
