import LockstepCompute

/// An activation function, `y = f(x)`, `dx = dy ⊙ f′`. The output has the input's shape, except that `glu` halves the
/// last dimension.
package struct ActivationOperation: ActivatedOperation {
    package let activation: ActivationFunction

    package init(_ activation: ActivationFunction) { self.activation = activation }

    package func with(activation: ActivationFunction) -> any Operation { ActivationOperation(activation) }

    package func outputs(_ inputs: [TensorSpec]) throws(OperationError) -> [TensorSpec] {
        try inputs.checkCount(1)
        guard inputs[0].isBatched, let shape = activation.outputShape(inputs[0].shape) else {
            throw .shapes(requirement: "a last dimension that \(activation) can take", received: inputs)
        }
        return [TensorSpec(shape)]
    }

    package func memory(_ call: OperationShapes) -> OperationMemory {
        OperationMemory(
            keepsInputs: activation.derivativeReadsInput, keepsOutputs: !activation.derivativeReadsInput,
            sharesInput: activation == .linear)
    }

    package var recomputation: RecomputationCost { .cheap }

    package func forward(_ pass: ForwardPass) { activation.apply(pass.input, into: pass.output, on: pass.crew) }

    package func backward(_ pass: BackwardPass) {
        guard let dx = pass.inputGradient else { return }
        activation.gradient(x: pass.input, y: pass.output, dy: pass.outputGradient, into: dx, on: pass.crew)
    }
}

/// An activation function, element by element or row by row.
public func activation(_ function: ActivationFunction, _ x: SymbolicTensor) -> SymbolicTensor {
    x.applying(ActivationOperation(function))[0]
}

/// `max(x, 0)`.
public func relu(_ x: SymbolicTensor) -> SymbolicTensor { x.described("Relu") ?? activation(.relu, x) }
/// `1 / (1 + e^−x)`.
public func sigmoid(_ x: SymbolicTensor) -> SymbolicTensor { x.described("Sigmoid") ?? activation(.sigmoid, x) }
/// `ln(1 + e^x)`.
public func softplus(_ x: SymbolicTensor) -> SymbolicTensor { x.described("Softplus") ?? activation(.softplus, x) }
public func tanh(_ x: SymbolicTensor) -> SymbolicTensor { x.described("Tanh") ?? activation(.tanh, x) }
/// `e^x / Σ e^x` over the last dimension.
public func softmax(_ x: SymbolicTensor) -> SymbolicTensor {
    x.described("Softmax", nil, ["axis": .integer(-1)]) ?? activation(.softmax, x)
}
