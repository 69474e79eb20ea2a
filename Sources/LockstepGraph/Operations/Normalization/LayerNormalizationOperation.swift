import LockstepCompute

/// Layer normalization. Brings each vector of features to mean 0 and standard deviation 1, then scales and shifts it:
/// `x̂ = (x − μ)/√(σ² + ε)`, `y = γ ⊙ x̂ + β`, with the mean μ and the biased variance σ² of the vector itself (Ba,
/// Kiros and Hinton, 2016).
///
/// Inputs: x `[batch, …, features]`, then γ and β `[features]` if there are any. The output has the shape of x. With g
/// = dy ⊙ γ: `dβ = Σdy`, `dγ = Σ dy ⊙ x̂`, `dx = (g − mean(g) − x̂·mean(g ⊙ x̂))/√(σ² + ε)`.
package struct LayerNormalizationOperation: Operation {
    private let epsilon: Float
    private let affine: AffineInputs

    package init(epsilon: Double, hasScale: Bool, hasOffset: Bool) {
        self.epsilon = Float(epsilon)
        affine = AffineInputs(first: 1, hasScale: hasScale, hasOffset: hasOffset)
    }

    package func outputs(_ inputs: [TensorSpec]) throws(OperationError) -> [TensorSpec] {
        try affine.check(inputs)
        return [inputs[0]]
    }

    package func memory(_ call: OperationShapes) -> OperationMemory {
        let (x, features) = (call.inputs[0], call.inputs[0].last ?? 1)
        // x̂ and 1/√(σ² + ε) of each vector; in training also zeros and two sums over the rows, for backward.
        var memory = OperationMemory(
            saved: [x, Shape(x.dimensions.dropLast())] + (call.training ? [[features], [2, features]] : []))
        memory.sums = call.training ? [2 * features] : []
        return memory
    }

    package var recomputation: RecomputationCost { .cheap }

    package func forward(_ pass: ForwardPass) {
        normalizeRows(
            pass.input, epsilon: epsilon, scale: affine.scale(pass.inputs), offset: affine.offset(pass.inputs),
            normalized: pass.saved[0], inverse: pass.saved[1], into: pass.output, on: pass.crew)
    }

    package func backward(_ pass: BackwardPass) {
        let dy = pass.outputGradient
        if pass.weightGradients.contains(where: { $0 != nil }) {
            pass.saved[2].fill(0)
            columnProducts(
                pass.saved[0], center: pass.saved[2], dy, by: pass.sums, into: pass.leafSums[0], on: pass.crew)
            affine.giveGradients(pass, sums: pass.leafSums[0], scratch: pass.saved[3])
        }
        guard let dx = pass.inputGradient else { return }
        normalizeRowsGradient(
            dy, scale: affine.scale(pass.inputs), normalized: pass.saved[0], inverse: pass.saved[1], into: dx,
            on: pass.crew)
    }
}

/// Brings each vector of features to mean 0 and standard deviation 1, then scales and shifts it:
/// `(x − μ)/√(σ² + ε) ⊙ scale + offset`, with the mean μ and the biased variance σ² of the vector.
///
/// x `[batch, …, features]`, scale and offset `[features]`; the result has the shape of x.
public func layerNormalization(_ x: SymbolicTensor, scale: Weight?, offset: Weight?, epsilon: Double = 1e-3)
    -> SymbolicTensor
{
    let operation = LayerNormalizationOperation(epsilon: epsilon, hasScale: scale != nil, hasOffset: offset != nil)
    return x.applying(operation, with: [scale, offset].compactMap { $0 })[0]
}
