import LockstepCompute

/// The sum of two or more inputs of one shape. The gradient of each input equals that of the output.
package struct AdditionOperation: Operation {
    package init() {}

    package func outputs(_ inputs: [TensorSpec]) throws(OperationError) -> [TensorSpec] {
        guard inputs.count >= 2 else { throw .inputCount(expected: 2, received: inputs.count) }
        guard inputs.allSatisfy({ $0 == inputs[0] && $0.isBatched }) else {
            throw .shapes(requirement: "inputs of one shape", received: inputs)
        }
        return [inputs[0]]
    }

    package func memory(_ call: OperationShapes) -> OperationMemory { OperationMemory() }

    package var recomputation: RecomputationCost { .cheap }

    package func forward(_ pass: ForwardPass) {
        add(pass.inputs[0], pass.inputs[1], into: pass.output, on: pass.crew)
        for input in pass.inputs.dropFirst(2) { add(pass.output, input, into: pass.output, on: pass.crew) }
    }

    package func backward(_ pass: BackwardPass) {
        for case .some(let dx) in pass.inputGradients { dx.assign(pass.outputGradient) }
    }
}

/// The sum of tensors of one shape.
public func sum(_ inputs: [SymbolicTensor]) -> SymbolicTensor {
    precondition(!inputs.isEmpty, "the sum of no tensors")
    return inputs[0].applying(AdditionOperation(), with: Array(inputs.dropFirst()))[0]
}
