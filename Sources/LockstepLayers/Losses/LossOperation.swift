import LockstepCompute
import LockstepGraph

/// Adds the loss of an output to the sums of a step, and gives its gradient.
///
/// Inputs: the logits if the loss takes them, the output `[batch, …, columns]`, targets `[batch, …]`; then, if there are
/// some, what each row of the loss counts `[batch, positions]`, and a factor for all rows `[1]`.
package struct LossOperation: ScoringOperation {
    /// The first of a step's sums: the loss that training makes small.
    package static let objective = 0

    private let loss: any Loss
    private let weight: Double
    private let index: Int?
    private let outputs, targets: Int
    private let weights, factor: Int?

    /// - Parameters:
    ///   - weight: what the loss counts in the sum of all, whose derivative the gradient is.
    ///   - index: the sum that the loss is added to by itself, if it is.
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
        for (number, shard) in pass.shards.enumerated() {
            let sum = loss.sum(
                outputs: shard.inputs[outputs], logits: outputs > 0 ? shard.inputs[0] : nil,
                targets: shard.inputs[targets], weights: weights.map { shard.inputs[$0] }, gradient: shard.gradient,
                on: pass.crew)
            let share = factor.map { Double(shard.inputs[$0][0]) } ?? 1
            pass.add(sum * share * weight, shard: number, to: Self.objective)
            if let index { pass.add(sum * share, shard: number, to: index) }
            if share * weight != 1, let gradient = shard.gradient {
                scale(gradient, by: Float(share * weight), into: gradient, on: pass.crew)
            }
        }
    }
}
