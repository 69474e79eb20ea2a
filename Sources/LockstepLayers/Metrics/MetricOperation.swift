import LockstepCompute
import LockstepGraph

/// Adds what samples contribute to a metric's sums, `[batch, sums]`, to those of a step.
package struct MetricOperation: ScoringOperation {
    private let index: Int

    /// - Parameter index: of the metric's first sum.
    package init(index: Int) { self.index = index }

    package var isDifferentiable: Bool { false }

    package func forward(_ pass: ForwardPass) {
        for number in pass.microShards.indices {
            let values = pass.microShards[number].inputs[0]
            let width = values.shape.last ?? 1
            for place in 0..<values.count {
                pass.add(Double(values[place]), microShard: number, to: index + place % width)
            }
        }
    }
}

/// Adds a metric to the sums of a step with its kernel. Inputs: the output `[batch, …, columns]`, the targets, and
/// optionally a mask `[batch, …]` of the rows that count. With a mask, the next sum gets their number.
package struct FusedMetricOperation: ScoringOperation {
    private let kernel: MetricKernel
    private let index: Int

    package init(_ kernel: MetricKernel, index: Int) {
        self.kernel = kernel
        self.index = index
    }

    package var isDifferentiable: Bool { false }

    package func forward(_ pass: ForwardPass) {
        for number in pass.microShards.indices {
            let inputs = pass.microShards[number].inputs
            let mask = inputs.count > 2 ? inputs[2] : nil
            let sum = kernel.sum(outputs: inputs[0], targets: inputs[1], mask: mask, on: pass.crew)
            pass.add(sum, microShard: number, to: index)
            if let mask { pass.add(mask.sum, microShard: number, to: index + 1) }
        }
    }
}
