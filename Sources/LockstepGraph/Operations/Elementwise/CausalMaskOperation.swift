import LockstepCompute

/// Sets the scores of later positions so low that softmax gives them no weight: `y = x` at [i, j] for j ≤ i, else −10⁹;
/// `dx = dy` for j ≤ i, else 0.
///
/// Input and output `[batch, …, n, m]`.
package struct CausalMaskOperation: Operation {
    package init() {}

    package func outputs(_ inputs: [TensorSpec]) throws(OperationError) -> [TensorSpec] {
        try inputs.checkCount(1)
        guard inputs[0].isBatched, inputs[0].shape.rank >= 2 else {
            throw .shapes(requirement: "[batch, …, n, m]", received: inputs)
        }
        return inputs
    }

    package func memory(_ call: OperationShapes) -> OperationMemory { OperationMemory() }

    package var recomputation: RecomputationCost { .cheap }

    package func forward(_ pass: ForwardPass) {
        pass.output.assign(pass.input)
        setLater(in: pass.output, to: -1e9)
    }

    package func backward(_ pass: BackwardPass) {
        guard let dx = pass.inputGradient else { return }
        dx.assign(pass.outputGradient)
        setLater(in: dx, to: 0)
    }

    private func setLater(in x: Tensor, to value: Float) {
        let (n, m) = (x.shape[x.shape.rank - 2], x.shape[x.shape.rank - 1])
        for start in stride(from: 0, to: x.count, by: max(m, 1)) {
            for j in stride(from: start / max(m, 1) % max(n, 1) + 1, to: m, by: 1) { x[start + j] = value }
        }
    }
}

/// Scores `[batch, …, n, m]` with elements [i, j] for j > i set to −10⁹, so that `softmax` gives them no weight.
public func causalMask(_ scores: SymbolicTensor) -> SymbolicTensor { scores.applying(CausalMaskOperation())[0] }
