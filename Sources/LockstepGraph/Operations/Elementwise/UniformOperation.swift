import LockstepCompute

/// Uniform numbers from 0 to below 1, some for each row. They depend on the row's place in the global batch, so they
/// are the same on any number of ranks and threads. There is no gradient.
///
/// Input `[batch, …]`, which tells the rows; output `[batch] + shape`.
package struct UniformOperation: Operation {
    private let shape: Shape
    private let key: Int

    /// - Parameters:
    ///   - shape: that of a row's numbers.
    ///   - key: the key of the random numbers.
    package init(_ shape: Shape, key: Int) {
        self.shape = shape
        self.key = key
    }

    package var isDifferentiable: Bool { false }

    package func outputs(_ inputs: [TensorSpec]) throws(OperationError) -> [TensorSpec] {
        try inputs.checkCount(1)
        guard inputs[0].isBatched else {
            throw .shapes(requirement: "a tensor with the batch in front", received: inputs)
        }
        return [TensorSpec(shape)]
    }

    package func takesIntegers(_ inputs: [TensorSpec]) -> Bool { true }
    package func memory(_ call: OperationShapes) -> OperationMemory { OperationMemory() }

    package var recomputation: RecomputationCost { .cheap }

    package func forward(_ pass: ForwardPass) {
        let stream = RandomStream(seed: pass.context.seed, purpose: .dropout, index: key, step: pass.context.step)
        fillUniform(pass.output, from: stream, first: pass.firstRow * shape.count, on: pass.crew)
    }

    package func backward(_ pass: BackwardPass) {}
}

/// Uniform numbers from 0 to below 1, `[batch] + shape`, other ones in each step and for each row of a tensor
/// `[batch, …]`.
public func uniformNoise(_ shape: Shape, like x: SymbolicTensor, _ call: Call) -> SymbolicTensor {
    x.applying(UniformOperation(shape, key: call.randomKey()))[0]
}
