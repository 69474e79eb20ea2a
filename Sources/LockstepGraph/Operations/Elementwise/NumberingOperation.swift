import LockstepCompute

/// A whole number for the elements at each place of tensors of one shape: the number of a category, or of a bin.
///
/// Inputs `[batch, …]`, int32 or float32; output the same shape of int32. There is no gradient.
package struct NumberingOperation: Operation {
    /// The number for the elements at a place, which the argument gives for each input; nil where there is none.
    package typealias Function = @Sendable (_ element: (_ input: Int) -> Double) -> Int32?

    private let requirement: String
    private let function: Function

    /// - Parameter requirement: what the elements must be; a place without a number is an error of the step.
    package init(requirement: String, _ function: @escaping Function) {
        self.requirement = requirement
        self.function = function
    }

    package var isDifferentiable: Bool { false }

    package func outputs(_ inputs: [TensorSpec]) throws(OperationError) -> [TensorSpec] {
        guard let shape = inputs.first?.shape, inputs.allSatisfy({ $0.isBatched && $0.shape == shape }) else {
            throw .shapes(requirement: "tensors [batch, …] of one shape", received: inputs)
        }
        return [TensorSpec(shape, type: .int32)]
    }

    package func takesIntegers(_ inputs: [TensorSpec]) -> Bool { true }
    package func memory(_ call: OperationShapes) -> OperationMemory { OperationMemory() }

    package var recomputation: RecomputationCost { .cheap }

    package func forward(_ pass: ForwardPass) {
        guard let wrong = number(pass.inputs, into: pass.output, by: function) else { return }
        pass.fail(.values(requirement: requirement, received: pass.input.number(at: wrong)))
    }

    package func backward(_ pass: BackwardPass) {}
}
