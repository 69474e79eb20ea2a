import LockstepCompute

/// A tensor of fixed values, the same for each row of the batch. No inputs; the output is not batched.
package struct ConstantOperation: Operation {
    private let value: Tensor

    package init(_ value: Tensor) { self.value = value }

    package var isDifferentiable: Bool { false }

    package func outputs(_ inputs: [TensorSpec]) throws(OperationError) -> [TensorSpec] {
        try inputs.checkCount(0)
        return [TensorSpec(value.shape, isBatched: false, type: value.type)]
    }

    package func memory(_ call: OperationShapes) -> OperationMemory { OperationMemory() }
    package var recomputation: RecomputationCost { .cheap }

    package func forward(_ pass: ForwardPass) { pass.output.assign(value) }
    package func backward(_ pass: BackwardPass) {}
}

/// A tensor is a constant in operations: `x * Tensor([1, 2, 3])`. It is applied to each row of the batch.
extension Tensor: Operand {
    public func tensor(in trace: Trace) -> SymbolicTensor { trace.apply(ConstantOperation(self), to: [])[0] }
}
