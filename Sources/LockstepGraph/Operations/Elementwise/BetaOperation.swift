import LockstepCompute

/// Numbers of the beta distributions of two equal shapes, one for each shape α. They depend on the row's place in the
/// global batch, so they are the same on any number of ranks and threads. There is no gradient.
///
/// Input: α `[batch, …]`, positive. Output: of the same shape, from 0 to 1.
package struct BetaOperation: Operation {
    private let key: Int

    /// - Parameter key: the key of the random numbers.
    package init(key: Int) { self.key = key }

    package var isDifferentiable: Bool { false }

    package func outputs(_ inputs: [TensorSpec]) throws(OperationError) -> [TensorSpec] {
        try inputs.checkCount(1)
        guard inputs[0].isBatched else { throw .shapes(requirement: "[batch, …]", received: inputs) }
        return inputs
    }

    package func memory(_ call: OperationShapes) -> OperationMemory { OperationMemory() }

    package func forward(_ pass: ForwardPass) {
        let stream = RandomStream(seed: pass.context.seed, purpose: .dropout, index: key, step: pass.context.step)
        let first = pass.firstRow * pass.input.shape.row.count
        fillBeta(pass.output, alphas: pass.input, from: stream, first: first)
    }

    package func backward(_ pass: BackwardPass) {}
}

/// Numbers of the beta distributions of two equal shapes α > 0, `[batch, …]`, other ones in each step.
public func betaNoise(alphas: SymbolicTensor, _ call: Call) -> SymbolicTensor {
    alphas.applying(BetaOperation(key: call.randomKey()))[0]
}
