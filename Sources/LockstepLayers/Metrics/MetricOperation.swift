import LockstepCompute
import LockstepGraph

/// Adds a metric to the sums of a step. Inputs: the output `[batch, …, columns]`, targets, and if there is one a mask
/// `[batch, …]` of the rows that count.
package struct MetricOperation: ScoringOperation {
    private let function: MetricFunction
    private let index: Int

    package init(_ function: MetricFunction, index: Int) {
        self.function = function
        self.index = index
    }

    package var isDifferentiable: Bool { false }

    package func forward(_ pass: ForwardPass) {
        for (number, shard) in pass.shards.enumerated() {
            let mask = shard.inputs.count > 2 ? shard.inputs[2] : nil
            let sum = function.sum(outputs: shard.inputs[0], targets: shard.inputs[1], mask: mask, on: pass.crew)
            pass.add(sum, shard: number, to: index)
        }
    }
}

/// Adds the positions that a mask leaves to the sums of a step: what the metrics of a masked output are divided by.
package struct MaskCountOperation: ScoringOperation {
    private let index: Int

    package init(index: Int) { self.index = index }

    package var isDifferentiable: Bool { false }

    package func forward(_ pass: ForwardPass) {
        for (number, shard) in pass.shards.enumerated() { pass.add(shard.inputs[0].sum, shard: number, to: index) }
    }
}
