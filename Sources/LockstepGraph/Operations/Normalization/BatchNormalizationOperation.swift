import LockstepCompute

/// Batch normalization. Brings each feature of the global batch to mean β and standard deviation γ,
/// `y = f(γ·(x − μ)/√(σ² + ε) + β)`, and updates the moving statistics. The activation f is linear unless a rule joins
/// one.
///
/// Inputs: x `[batch, …, features]`, the moving mean and variance, then γ and β if there are any, all `[features]`.
/// Outputs: y and the next moving statistics, `moving·momentum + batch·(1 − momentum)`. The mean μ and the biased
/// variance σ² are taken over the rows of all ranks and all positions. With x̂ the normalized x and n the number of
/// positions in the batch, and `dz = dy ⊙ f′`: `dβ = Σdz`, `dγ = Σdz·x̂`, `dx = γ/√(σ² + ε)·(dz − dβ/n − x̂·dγ/n)`,
/// with the sums of all ranks (Ioffe and Szegedy, 2015).
///
/// A mask `[batch, …]` may follow as the last input. Then μ and σ² are taken over the positions where the mask is 1,
/// and n is their number plus 10⁻⁷, as in Keras. At the other positions the terms of dx with n are 0. y and the sums dβ
/// and dγ still cover all positions.
package struct BatchNormalizationOperation: NormalizingOperation {
    private let epsilon: Float
    private let kept, rest: Float
    private let affine: AffineInputs
    /// Loops over x and the mask; nil without a mask.
    private let maskLoops: Loops?
    package private(set) var activation = ActivationFunction.linear

    package init(
        momentum: Double, epsilon: Double, hasScale: Bool, hasOffset: Bool, isMasked: Bool, _ inputs: [TensorSpec]
    ) {
        self.epsilon = Float(epsilon)
        (kept, rest) = (Float(momentum), Float(1 - momentum))
        affine = AffineInputs(first: 3, hasScale: hasScale, hasOffset: hasOffset)
        let shape = inputs[0].shape
        maskLoops =
            isMasked
            ? Loops(
                shape.dimensions, out: View(shape), View(shape), View(shape.replacingLast(with: 1), broadcastTo: shape))
            : nil
    }

    package func with(activation: ActivationFunction) -> any Operation {
        var joined = self
        joined.activation = activation
        return joined
    }

    package func outputs(_ inputs: [TensorSpec]) throws(OperationError) -> [TensorSpec] {
        var inputs = inputs
        if maskLoops != nil, let mask = inputs.popLast(),
            mask != TensorSpec(Shape(inputs[0].shape.dimensions.dropLast()))
        {
            throw .shapes(requirement: "a mask of \(inputs[0]) without the features", received: [mask])
        }
        try affine.check(inputs)
        return [inputs[0], inputs[1], inputs[2]]
    }

    package func memory(_ call: OperationShapes) -> OperationMemory {
        let features = call.inputs[1].count
        var memory = OperationMemory(
            keepsInputs: true, saved: [[2, features]] + Array(repeating: [features], count: 7))
        memory.sums = [features, 2 * features]
        if maskLoops != nil {
            memory.saved += [call.inputs[0], [1]]
            memory.sums.append(1)
        }
        memory.recomputesFromSaved = true
        return memory
    }

    /// The saved tensors. Most have one value for each feature.
    private struct Saved {
        /// Scratch for the two sums over the positions in backward.
        let sums: Tensor
        /// μ, σ², 1/√(σ² + ε).
        let mean, variance, inverse: Tensor
        /// The coefficients of the affine functions: a and the offset in forward, a, b and c in backward.
        let a, offset, b, c: Tensor
        /// Scratch with the shape of x, and the number of positions; nil without a mask.
        let masked, count: Tensor?

        init(_ tensors: [Tensor]) {
            sums = tensors[0]
            (mean, variance, inverse) = (tensors[1], tensors[2], tensors[3])
            (a, offset, b, c) = (tensors[4], tensors[5], tensors[6], tensors[7])
            (masked, count) = tensors.count > 8 ? (tensors[8], tensors[9]) : (nil, nil)
        }
    }

    package var recomputation: RecomputationCost { .cheap }

    package func forward(_ pass: ForwardPass) {
        let saved = Saved(pass.saved)
        takeStatistics(pass, saved)
        let (gamma, beta) = (affine.scale(pass.inputs), affine.offset(pass.inputs))
        for feature in 0..<saved.mean.count {
            saved.a[feature] = saved.inverse[feature] * (gamma?[feature] ?? 1)
            saved.offset[feature] = (beta?[feature] ?? 0) - saved.mean[feature] * saved.a[feature]
        }
        affineColumns(
            pass.input, saved.a, saved.offset, activation: activation, into: pass.output, on: pass.crew)
    }

    /// Normalizes by the statistics that forward has taken. The moving statistics stay as they are.
    package func recompute(_ pass: ForwardPass) {
        let saved = Saved(pass.saved)
        affineColumns(
            pass.input, saved.a, saved.offset, activation: activation, into: pass.output, on: pass.crew)
    }

    /// Computes μ and σ² of the global batch. σ² is computed from deviations: this takes two exchanges, but avoids a
    /// difference of large sums.
    ///
    /// Collective.
    private func takeStatistics(_ pass: ForwardPass, _ saved: Saved) {
        let count = takeCount(pass, saved)
        let (movingMean, movingVariance) = (pass.inputs[1], pass.inputs[2])
        columnSums(masked(pass.input, saved, pass), by: pass.sums, into: pass.leafSums[0], on: pass.crew)
        pass.context.batch.sum(pass.leafSums[0], into: saved.mean, on: pass.crew)
        for feature in 0..<saved.mean.count { saved.mean[feature] /= count }
        let (centered, center) = centered(pass, saved)
        columnSquares(centered, center: center, by: pass.sums, into: pass.leafSums[0], on: pass.crew)
        pass.context.batch.sum(pass.leafSums[0], into: saved.variance, on: pass.crew)
        for feature in 0..<saved.mean.count {
            let variance = saved.variance[feature] / count
            saved.inverse[feature] = 1 / (variance + epsilon).squareRoot()
            pass.outputs[1][feature] = movingMean[feature] * kept + saved.mean[feature] * rest
            pass.outputs[2][feature] = movingVariance[feature] * kept + variance * rest
        }
    }

    /// The number of values of each feature that the statistics cover.
    ///
    /// Collective: if there is a mask.
    private func takeCount(_ pass: ForwardPass, _ saved: Saved) -> Float {
        guard maskLoops != nil, let count = saved.count else { return count(pass.input, pass.batchRows) }
        let mask = pass.inputs[pass.inputs.count - 1]
        columnSums(mask.part(at: 0, shape: [mask.count, 1]), by: pass.sums, into: pass.leafSums[2], on: pass.crew)
        pass.context.batch.sum(pass.leafSums[2], into: count, on: pass.crew)
        count[0] += 1e-7
        return count[0]
    }

    /// x with zeros where the mask is 0; x itself without a mask.
    private func masked(_ x: Tensor, _ saved: Saved, _ pass: ForwardPass) -> Tensor {
        guard let maskLoops, let masked = saved.masked else { return x }
        evaluate(
            .multiply, x, pass.inputs[pass.inputs.count - 1], over: maskLoops, rows: 0..<pass.sums.rows, into: masked,
            on: pass.crew)
        return masked
    }

    /// A tensor and a center that give the sum of squares for σ²: x and μ, or with a mask, the masked deviations and 0.
    private func centered(_ pass: ForwardPass, _ saved: Saved) -> (Tensor, center: Tensor) {
        guard let masked = saved.masked else { return (pass.input, saved.mean) }
        saved.a.fill(1)
        for feature in 0..<saved.mean.count { saved.c[feature] = -saved.mean[feature] }
        affineColumns(pass.input, saved.a, saved.c, into: masked, on: pass.crew)
        saved.b.fill(0)
        return (self.masked(masked, saved, pass), saved.b)
    }

    /// The number of values of each feature in the global batch.
    private func count(_ x: Tensor, _ batchRows: Int?) -> Float {
        var positions = 1
        for axis in 1..<x.shape.rank - 1 { positions *= x.shape[axis] }
        return Float(max((batchRows ?? x.rowCount) * positions, 1))
    }

    package func backward(_ pass: BackwardPass) {
        let saved = Saved(pass.saved)
        let dy = pass.outputGradient
        let features = saved.mean.count
        let sums = pass.leafSums[1]
        var joined = ActivatedColumns(activation, pass.input, saved.a, saved.offset)
        columnProducts(
            pass.input, center: saved.mean, dy, behind: joined, by: pass.sums, into: sums, on: pass.crew)
        if joined?.overwrites ?? false { joined = nil }
        // Scale each micro-shard's sums before they are added, so that it does not matter which rank adds them.
        for leaf in 0..<pass.sums.leaves {
            for feature in 0..<features { sums[(2 * leaf + 1) * features + feature] *= saved.inverse[feature] }
        }
        affine.giveGradients(pass, sums: sums, scratch: saved.sums)
        guard let dx = pass.inputGradient else { return }
        pass.context.batch.sum(sums, into: saved.sums, on: pass.crew)
        // dx as a function of dz and x, feature by feature: a·dz + b·x + c.
        let count = saved.count?[0] ?? count(pass.input, pass.batchRows)
        for feature in 0..<features {
            let inverse = saved.inverse[feature]
            let b = -saved.a[feature] * inverse * saved.sums[features + feature] / count
            saved.b[feature] = b
            saved.c[feature] = -saved.a[feature] * saved.sums[feature] / count - b * saved.mean[feature]
        }
        guard let maskLoops, let masked = saved.masked else {
            return affineColumns(
                dy, saved.a, behind: joined, plus: (pass.input, saved.b), saved.c, into: dx, on: pass.crew)
        }
        affineColumns(pass.input, saved.b, saved.c, into: masked, on: pass.crew)
        evaluate(
            .multiply, masked, pass.inputs[pass.inputs.count - 1], over: maskLoops, rows: 0..<pass.sums.rows,
            into: masked, on: pass.crew)
        saved.b.fill(1)
        saved.c.fill(0)
        affineColumns(dy, saved.a, behind: joined, plus: (masked, saved.b), saved.c, into: dx, on: pass.crew)
    }
}

/// The scale γ and the offset β of a normalization, both optional. They follow x and its statistics among the inputs.
struct AffineInputs {
    /// The number of inputs before them.
    let first: Int
    let hasScale, hasOffset: Bool

    func check(_ inputs: [TensorSpec]) throws(OperationError) {
        try inputs.checkCount(first + (hasScale ? 1 : 0) + (hasOffset ? 1 : 0))
        let ofFeatures = TensorSpec([inputs[0].shape.last ?? 0], isBatched: false)
        guard inputs[0].isBatched, inputs[0].shape.rank > 0, inputs.dropFirst().allSatisfy({ $0 == ofFeatures }) else {
            throw .shapes(requirement: "[batch, …, features] and weights of [features]", received: inputs)
        }
    }

    private var scaleIndex: Int? { hasScale ? first : nil }
    private var offsetIndex: Int? { hasOffset ? first + (hasScale ? 1 : 0) : nil }
    /// - Parameter shift: how many further inputs there are in front.
    func scale(_ inputs: [Tensor], shift: Int = 0) -> Tensor? { scaleIndex.map { inputs[$0 + shift] } }
    func offset(_ inputs: [Tensor], shift: Int = 0) -> Tensor? { offsetIndex.map { inputs[$0 + shift] } }

    /// Adds the micro-shards' Σdy and Σdy·x̂ to the gradients of β and γ.
    ///
    /// - Parameter sums: `[micro-shards, 2 · features]`.
    func giveGradients(_ pass: BackwardPass, sums: Tensor, scratch: Tensor) {
        let features = scratch.count / 2
        var first = 0
        for (index, part) in pass.weightSums.parts.enumerated() {
            addLeaves(sums, first: first, leaves: part.leaves, into: scratch, on: pass.crew)
            first += part.leaves
            let offset = offsetIndex.flatMap { pass.weightGradients[$0]?[index] }
            let scale = scaleIndex.flatMap { pass.weightGradients[$0]?[index] }
            for feature in 0..<features {
                offset?[feature] = scratch[feature]
                scale?[feature] = scratch[features + feature]
            }
        }
    }
}

extension Call {
    /// Normalizes features: in training by the statistics of the global batch, else by the moving statistics. Training
    /// renews the moving statistics.
    ///
    /// - Parameter mask: 1 at the positions that the statistics cover, else 0; `[batch, …]`, like x without the
    ///   features. Nil: all positions.
    public func batchNormalization(
        _ x: SymbolicTensor, mean: Weight, variance: Weight, scale: Weight?, offset: Weight?, momentum: Double,
        epsilon: Double,
        mask: SymbolicTensor? = nil
    ) -> SymbolicTensor {
        let weights: [any Operand] = [mean, variance] + [scale, offset].compactMap { $0 }
        guard training else {
            return x.applying(
                NormalizationOperation(epsilon: epsilon, hasScale: scale != nil, hasOffset: offset != nil),
                with: weights)[0]
        }
        let operands = [x] + weights + [mask].compactMap { $0 }
        let outputs = trace.apply(to: operands) { inputs in
            BatchNormalizationOperation(
                momentum: momentum, epsilon: epsilon, hasScale: scale != nil, hasOffset: offset != nil,
                isMasked: mask != nil, inputs)
        }
        guard outputs.count == 3 else { return outputs[0] }
        renew(mean, with: outputs[1])
        renew(variance, with: outputs[2])
        return outputs[0]
    }
}
