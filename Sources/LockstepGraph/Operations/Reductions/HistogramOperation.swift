import LockstepCompute

/// A weighted histogram of whole numbers: `y[k] = Σᵢ w[i]·[x[i] = k]` for k from 0 to below the number of bins.
///
/// Inputs x `[batch, …, n]` and w of the same shape; output `[batch, …, bins]`. Numbers without a bin do not count.
/// There is no gradient.
package struct HistogramOperation: Operation {
    private let bins: Int

    package init(bins: Int) { self.bins = bins }

    package var isDifferentiable: Bool { false }

    package func outputs(_ inputs: [TensorSpec]) throws(OperationError) -> [TensorSpec] {
        try inputs.checkCount(2)
        guard inputs[0].isBatched, inputs[0].shape.rank > 0, inputs[0].shape == inputs[1].shape else {
            throw .shapes(requirement: "two tensors [batch, …, n]", received: inputs)
        }
        return [TensorSpec(Shape(inputs[0].shape.dimensions.dropLast() + [bins]))]
    }

    package func memory(_ call: OperationShapes) -> OperationMemory { OperationMemory() }

    package func forward(_ pass: ForwardPass) {
        countWeights(pass.inputs[1], at: pass.inputs[0], into: pass.output)
    }

    package func backward(_ pass: BackwardPass) {}
}

/// A weighted histogram of the last dimension of a tensor `[batch, …, n]` of whole numbers. The result is
/// `[batch, …, bins]`. Numbers below 0, or not below `bins`, do not count. There is no gradient.
public func histogram(_ x: SymbolicTensor, weights: SymbolicTensor, bins: Int) -> SymbolicTensor {
    x.applying(HistogramOperation(bins: bins), with: [weights])[0]
}
