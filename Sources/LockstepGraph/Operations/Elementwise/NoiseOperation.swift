import LockstepCompute

/// Standard normal numbers, as many as its input has elements. They depend on the row's place in the global batch, so
/// they are the same on any number of ranks and threads. There is no gradient.
package struct NoiseOperation: Operation {
    private let key: Int

    /// - Parameter key: the key of the random numbers.
    package init(key: Int) { self.key = key }

    package var isDifferentiable: Bool { false }

    package func outputs(_ inputs: [TensorSpec]) throws(OperationError) -> [TensorSpec] {
        try inputs.checkCount(1)
        guard inputs[0].isBatched else {
            throw .shapes(requirement: "a tensor with the batch in front", received: inputs)
        }
        return inputs
    }

    package func memory(_ call: OperationShapes) -> OperationMemory { OperationMemory() }

    package var recomputation: RecomputationCost { .cheap }

    package func forward(_ pass: ForwardPass) {
        let output = pass.output
        let stream = RandomStream(seed: pass.context.seed, purpose: .dropout, index: key, step: pass.context.step)
        let features = output.count / max(output.rowCount, 1)
        fillNormal(output, from: stream, first: pass.firstRow * features, on: pass.crew)
    }

    package func backward(_ pass: BackwardPass) {}
}

/// Standard normal numbers of the shape of a tensor `[batch, …]`, other ones in each step and for each row.
public func normalNoise(like x: SymbolicTensor, _ call: Call) -> SymbolicTensor {
    x.applying(NoiseOperation(key: call.randomKey()))[0]
}
