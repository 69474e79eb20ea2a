import LockstepCompute
import LockstepGraph

/// Adds the loss of an output to the sums of a step, and computes its gradient with the loss's kernel.
///
/// Inputs in this order: the logits, if the loss takes them; the output `[batch, …, columns]`; the targets
/// `[batch, …]`; optionally the weights of the loss's rows `[batch, positions]`; optionally a factor for all rows
/// `[1]`.
package struct FusedLossOperation: ScoringOperation {
    private let loss: any FusedLoss
    private let share: LossShare
    private let outputs, targets: Int
    private let weights, factor: Int?

    package init(_ loss: any FusedLoss, share: LossShare, takesLogits: Bool, hasWeights: Bool, hasFactor: Bool) {
        self.loss = loss
        self.share = share
        outputs = takesLogits ? 1 : 0
        targets = outputs + 1
        weights = hasWeights ? targets + 1 : nil
        factor = hasFactor ? targets + (hasWeights ? 2 : 1) : nil
    }

    package func forward(_ pass: ForwardPass) {
        for number in pass.microShards.indices {
            let microShard = pass.microShards[number]
            let inputs = microShard.inputs
            let sum = loss.fusedSum(
                outputs: inputs[outputs], logits: outputs > 0 ? inputs[0] : nil, targets: inputs[targets],
                weights: weights.map { inputs[$0] }, gradient: microShard.gradient, on: pass.crew)
            let slope = share.add(sum, factor.map { inputs[$0] }, microShard: number, of: pass)
            if slope != 1, let gradient = microShard.gradient {
                scale(gradient, by: Float(slope), into: gradient, on: pass.crew)
            }
        }
    }
}

/// Adds losses `[batch, …]` to the sums of a step. The gradient of each is its factor in the sum.
///
/// Inputs: the losses, with their weights; optionally a factor for all rows `[1]`.
package struct LossSumOperation: ScoringOperation {
    private let share: LossShare

    package init(share: LossShare) { self.share = share }

    package func forward(_ pass: ForwardPass) {
        for number in pass.microShards.indices {
            let inputs = pass.microShards[number].inputs
            let slope = share.add(inputs[0].sum, inputs.count > 1 ? inputs[1] : nil, microShard: number, of: pass)
            pass.microShards[number].gradient?.fill(Float(slope))
        }
    }
}

/// How a loss counts in the sums of a step.
package struct LossShare {
    /// The index of the first of a step's sums: the loss that training minimizes.
    package static let objective = 0

    private let weight: Double
    private let index: Int?
    private let isSum: Bool
    private let positions: Int

    /// - Parameters:
    ///   - weight: the factor of this loss in the sum of all losses. The gradient is the derivative of that sum.
    ///   - index: the index of the sum that gets this loss alone, without `weight`; nil for none.
    ///   - isSum: whether the loss is a sum over the global batch, and not a mean.
    ///   - positions: the losses of each sample.
    package init(weight: Double, index: Int?, isSum: Bool, positions: Int) {
        self.weight = weight
        self.index = index
        self.isSum = isSum
        self.positions = positions
    }

    /// Adds the sum of a micro-shard's losses.
    ///
    /// - Returns: the factor of each loss in the sum that training minimizes.
    func add(_ sum: Double, _ factor: Tensor?, microShard: Int, of pass: ForwardPass) -> Double {
        var scale = factor.map { Double($0[0]) } ?? 1
        // The step's sums are divided by the number of losses in the global batch.
        if isSum { scale *= Double((pass.batchRows ?? pass.sums.rows) * positions) }
        pass.add(sum * scale * weight, microShard: microShard, to: Self.objective)
        if let index { pass.add(sum * scale, microShard: microShard, to: index) }
        return scale * weight
    }
}
