import LockstepCompute

/// The corrections of batch renormalization, and the statistics after a step (Ioffe, 2017).
///
/// Inputs: any tensor with the batch in front, whose values do not matter; the mean μ and the variance σ² of the batch;
/// the moving mean and deviation, and those that the correction looks at, μ′ and σ′; all `[features]`. With
/// `s = √(σ² + ε)` and `s′ = max(σ′, √ε)`, the outputs, none of them batched, are `r = s/s′` and `d = (μ − μ′)/s′`,
/// both within bounds; the next moving mean, variance and deviation, `moving·momentum + batch·(1 − momentum)`, where
/// the variance is `max(deviation² − ε, 0)`; and the next μ′ and σ′ with a momentum of their own. There is no gradient.
package struct RenormalizationOperation: Operation {
    private let epsilon, momentum, correctionMomentum: Float
    private let factors, offsets: ClosedRange<Float>

    /// - Parameters:
    ///   - factors: the bounds of r. `offsets`: of d.
    package init(
        epsilon: Double, momentum: Double, correctionMomentum: Double, factors: ClosedRange<Float>,
        offsets: ClosedRange<Float>
    ) {
        (self.epsilon, self.momentum, self.correctionMomentum) = (
            Float(epsilon), Float(momentum), Float(correctionMomentum)
        )
        (self.factors, self.offsets) = (factors, offsets)
    }

    package var isDifferentiable: Bool { false }

    package func outputs(_ inputs: [TensorSpec]) throws(OperationError) -> [TensorSpec] {
        try inputs.checkCount(7)
        guard inputs[0].isBatched, !inputs[1].isBatched, inputs[1].shape.rank == 1,
            inputs.dropFirst().allSatisfy({ $0 == inputs[1] })
        else { throw .shapes(requirement: "[batch, …] and statistics of [features]", received: inputs) }
        return Array(repeating: inputs[1], count: 7)
    }

    package func memory(_ call: OperationShapes) -> OperationMemory { OperationMemory() }

    package func forward(_ pass: ForwardPass) {
        let (mean, variance) = (pass.inputs[1], pass.inputs[2])
        for feature in 0..<mean.count {
            let (movingMean, movingDeviation) = (pass.inputs[3][feature], pass.inputs[4][feature])
            let (correctionMean, correctionDeviation) = (pass.inputs[5][feature], pass.inputs[6][feature])
            let deviation = (variance[feature] + epsilon).squareRoot()
            let divisor = max(correctionDeviation, epsilon.squareRoot())
            let r = deviation / divisor
            let d = (mean[feature] - correctionMean) / divisor
            func moved(_ old: Float, _ new: Float, _ momentum: Float) -> Float { old * momentum + new * (1 - momentum) }
            let nextDeviation = moved(movingDeviation, deviation, momentum)
            pass.outputs[0][feature] = min(max(r, factors.lowerBound), factors.upperBound)
            pass.outputs[1][feature] = min(max(d, offsets.lowerBound), offsets.upperBound)
            pass.outputs[2][feature] = moved(movingMean, mean[feature], momentum)
            pass.outputs[3][feature] = max(nextDeviation * nextDeviation - epsilon, 0)
            pass.outputs[4][feature] = nextDeviation
            pass.outputs[5][feature] = moved(correctionMean, mean[feature], correctionMomentum)
            pass.outputs[6][feature] = moved(correctionDeviation, deviation, correctionMomentum)
        }
    }

    package func backward(_ pass: BackwardPass) {}
}
