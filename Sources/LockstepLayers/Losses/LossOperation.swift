import LockstepCompute
import LockstepGraph

/// Adds the loss of an output to the sums of a step, and computes its gradient.
///
/// Inputs in this order: the logits, if the loss takes them; the output `[batch, …, columns]`; the targets `[batch, …]`;
/// optionally the weights of the loss's rows `[batch, positions]`; optionally a factor for all rows `[1]`.
package struct LossOperation: ScoringOperation {
    /// The index of the first of a step's sums: the loss that training minimizes.
    package static let objective = 0

    private let loss: any Loss
    private let weight: Double
    private let index: Int?
    private let outputs, targets: Int
    private let weights, factor: Int?

    /// - Parameters:
    ///   - weight: the factor of this loss in the sum of all losses. The gradient is the derivative of that sum.
    ///   - index: the index of the sum that gets this loss alone, without `weight`; nil for none.
    package init(
        _ loss: any Loss, weight: Double, index: Int?, takesLogits: Bool, hasWeights: Bool, hasFactor: Bool
    ) {
        self.loss = loss
        self.weight = weight
        self.index = index
        outputs = takesLogits ? 1 : 0
        targets = outputs + 1
        weights = hasWeights ? targets + 1 : nil
        factor = hasFactor ? targets + (hasWeights ? 2 : 1) : nil
    }

    package func forward(_ pass: ForwardPass) {
        for number in pass.microShards.indices {
            let microShard = pass.microShards[number]
            let inputs = microShard.inputs
            let sum = loss.sum(
                outputs: inputs[outputs], logits: outputs > 0 ? inputs[0] : nil, targets: inputs[targets],
                weights: weights.map { inputs[$0] }, gradient: microShard.gradient, on: pass.crew)
            let factor = factor.map { Double(inputs[$0][0]) } ?? 1
            pass.add(sum * factor * weight, microShard: number, to: Self.objective)
            if let index { pass.add(sum * factor, microShard: number, to: index) }
            if factor * weight != 1, let gradient = microShard.gradient {
                scale(gradient, by: Float(factor * weight), into: gradient, on: pass.crew)
            }
        }
    }
}
