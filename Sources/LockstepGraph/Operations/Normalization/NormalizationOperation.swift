import LockstepCompute

/// Normalizes features by given statistics: `y = f(γ·(x − μ)/√(σ² + ε) + β)`. BatchNormalization uses it in inference
/// and in a frozen layer. The activation f is linear unless a rule joins one.
///
/// Inputs: x `[batch, …, features]`, μ and σ², then γ and β if there are any, all `[features]`. With x̂ the normalized
/// x and `dz = dy ⊙ f′`: `dβ = Σdz`, `dγ = Σdz·x̂`, `dx = γ/√(σ² + ε)·dz`.
package struct NormalizationOperation: NormalizingOperation {
    private let epsilon: Float
    private let affine: AffineInputs
    package private(set) var activation = ActivationFunction.linear

    package init(epsilon: Double, hasScale: Bool, hasOffset: Bool) {
        self.epsilon = Float(epsilon)
        affine = AffineInputs(first: 3, hasScale: hasScale, hasOffset: hasOffset)
    }

    package func with(activation: ActivationFunction) -> any Operation { normalizing(activation) }

    func normalizing(_ activation: ActivationFunction) -> NormalizationOperation {
        var joined = self
        joined.activation = activation
        return joined
    }

    package func outputs(_ inputs: [TensorSpec]) throws(OperationError) -> [TensorSpec] {
        try affine.check(inputs)
        return [inputs[0]]
    }

    package func memory(_ call: OperationShapes) -> OperationMemory {
        let features = call.inputs[1].count
        // The factor, the offset, 1/√(σ² + ε), zeros, and two sums over the rows.
        var memory = OperationMemory(
            keepsInputs: true, saved: [[features], [features], [features], [features], [2, features]])
        memory.sums = call.training ? [2 * features] : []
        return memory
    }

    package var recomputation: RecomputationCost { .cheap }

    package func forward(_ pass: ForwardPass) {
        let (a, c) = (pass.saved[0], pass.saved[1])
        coefficients(pass.inputs, factors: a, offsets: c, inverses: pass.saved[2])
        affineColumns(pass.input, a, c, activation: activation, into: pass.output, on: pass.crew)
    }

    /// Computes the affine function of each feature, `x·factor + offset`, and 1/√(σ² + ε).
    ///
    /// - Parameter shift: how many further inputs there are in front.
    func coefficients(_ inputs: [Tensor], shift: Int = 0, factors: Tensor, offsets: Tensor, inverses: Tensor) {
        let (mean, variance) = (inputs[1 + shift], inputs[2 + shift])
        let (gamma, beta) = (affine.scale(inputs, shift: shift), affine.offset(inputs, shift: shift))
        for feature in 0..<mean.count {
            let inverse = 1 / (variance[feature] + epsilon).squareRoot()
            inverses[feature] = inverse
            factors[feature] = inverse * (gamma?[feature] ?? 1)
            offsets[feature] = (beta?[feature] ?? 0) - mean[feature] * factors[feature]
        }
    }

    package func backward(_ pass: BackwardPass) {
        let (a, inverse, zeros) = (pass.saved[0], pass.saved[2], pass.saved[3])
        var joined = ActivatedColumns(activation, pass.input, a, pass.saved[1])
        let features = a.count
        if pass.weightGradients.contains(where: { $0 != nil }) {
            let sums = pass.leafSums[0]
            columnProducts(
                pass.input, center: pass.inputs[1], pass.outputGradient, behind: joined, by: pass.sums, into: sums,
                on: pass.crew)
            if joined?.overwrites ?? false { joined = nil }
            for leaf in 0..<pass.sums.leaves {
                for feature in 0..<features { sums[(2 * leaf + 1) * features + feature] *= inverse[feature] }
            }
            affine.giveGradients(pass, sums: sums, scratch: pass.saved[4])
        }
        guard let dx = pass.inputGradient else { return }
        zeros.fill(0)
        affineColumns(pass.outputGradient, a, behind: joined, zeros, into: dx, on: pass.crew)
    }
}
