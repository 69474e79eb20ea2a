import LockstepCompute

/// Compares elements with a value: `y = 1` if x ≠ value, else 0. There is no gradient. Masks are made with it.
package struct UnequalOperation: Operation {
    private let value: Tensor
    private let integer: Int32?
    private let inputs: [TensorSpec]
    private let loops: Loops

    package init(to value: Float, _ inputs: [TensorSpec]) {
        self.value = Tensor([value])
        // A value that int32 cannot represent differs from every int32; nil stands for it.
        integer = Int32(exactly: value)
        self.inputs = inputs
        let shape = inputs[0].shape
        loops = Loops(shape.dimensions, out: View(shape), View(shape), .single(rank: shape.rank))
    }

    package var isDifferentiable: Bool { false }

    package func outputs(_ inputs: [TensorSpec]) throws(OperationError) -> [TensorSpec] {
        try inputs.check(self.inputs)
        guard inputs[0].isBatched else {
            throw .shapes(requirement: "a tensor with the batch in front", received: inputs)
        }
        return [TensorSpec(inputs[0].shape)]
    }

    package func takesIntegers(_ inputs: [TensorSpec]) -> Bool { true }

    package func memory(_ call: OperationShapes) -> OperationMemory { OperationMemory() }

    package var recomputation: RecomputationCost { .cheap }

    package func forward(_ pass: ForwardPass) {
        guard inputs[0].type == .float32 else {
            return findUnequal(pass.input, to: integer, into: pass.output, on: pass.crew)
        }
        evaluate(.isUnequal, pass.input, value, over: loops, rows: 0..<pass.sums.rows, into: pass.output, on: pass.crew)
    }

    package func backward(_ pass: BackwardPass) {}
}

/// 1 where an element of a tensor `[batch, …]` differs from a value, else 0. It has no gradient.
///
///     let mask = max(unequal(x, 0), axes: [-1]) // 1 for steps that are not all zero
public func unequal(_ x: SymbolicTensor, _ value: Float) -> SymbolicTensor {
    x.described("NotEqual", with: value) ?? x.applying { UnequalOperation(to: value, $0) }
}
