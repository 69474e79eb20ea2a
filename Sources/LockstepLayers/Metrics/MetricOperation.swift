import LockstepCompute
import LockstepGraph

/// Adds a metric to the sums of a step. Inputs: the output `[batch, …, columns]`, the targets, and optionally a mask
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
        for number in pass.microShards.indices {
            let inputs = pass.microShards[number].inputs
            let sum = function.sum(
                outputs: inputs[0], targets: inputs[1], mask: inputs.count > 2 ? inputs[2] : nil, on: pass.crew)
            pass.add(sum, microShard: number, to: index)
        }
    }
}

/// Adds the number of positions that a mask keeps to the sums of a step. The metrics of a masked output are divided by
/// this number.
package struct MaskCountOperation: ScoringOperation {
    private let index: Int

    package init(index: Int) { self.index = index }

    package var isDifferentiable: Bool { false }

    package func forward(_ pass: ForwardPass) {
        for number in pass.microShards.indices {
            pass.add(pass.microShards[number].inputs[0].sum, microShard: number, to: index)
        }
    }
}
