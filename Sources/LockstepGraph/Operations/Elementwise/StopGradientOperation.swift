import LockstepCompute

/// Its input, without a gradient.
package struct StopGradientOperation: Operation {
    package init() {}

    package var isDifferentiable: Bool { false }

    package func outputs(_ inputs: [TensorSpec]) throws(OperationError) -> [TensorSpec] {
        try inputs.checkCount(1)
        return inputs
    }

    package func memory(_ call: OperationShapes) -> OperationMemory { OperationMemory() }
    package var recomputation: RecomputationCost { .cheap }

    package func forward(_ pass: ForwardPass) { pass.output.assign(pass.input) }
    package func backward(_ pass: BackwardPass) {}
}

/// A tensor `[batch, …]` that counts as a constant: no gradient flows back through it.
public func stopGradient(_ x: SymbolicTensor) -> SymbolicTensor {
    x.described("StopGradient") ?? x.applying(StopGradientOperation())[0]
}
