import LockstepCompute

/// The factor by which the positions that a mask leaves count as much as all positions: the number of positions of the
/// global batch, divided by the number of those where the mask is 1; 0 if there are none (Keras, `apply_mask`).
///
/// Input the mask `[batch, …]`; output `[1]`, the same on all ranks. There is no gradient. Collective.
package struct MaskShareOperation: Operation {
    package init() {}

    package var isDifferentiable: Bool { false }

    package func outputs(_ inputs: [TensorSpec]) throws(OperationError) -> [TensorSpec] {
        try inputs.checkCount(1)
        return [TensorSpec([1], isBatched: false)]
    }

    package func memory(_ call: OperationShapes) -> OperationMemory {
        var memory = OperationMemory(saved: [[1]])
        memory.sums = [1]
        return memory
    }

    package var recomputation: RecomputationCost { .forbidden }

    package func forward(_ pass: ForwardPass) {
        let (mask, sums, count) = (pass.input, pass.leafSums[0], pass.saved[0])
        let positions = mask.count / max(pass.sums.rows, 1)
        for leaf in 0..<pass.sums.leaves {
            var sum: Float = 0
            for place in pass.sums.bounds[leaf] * positions..<pass.sums.bounds[leaf + 1] * positions {
                sum += mask[place]
            }
            sums[leaf] = sum
        }
        pass.context.batch.sum(sums, into: count, on: pass.crew)
        let all = Float((pass.batchRows ?? pass.sums.rows) * max(mask.shape.row.count, 1))
        pass.output[0] = count[0] > 0 ? all / count[0] : 0
    }

    package func backward(_ pass: BackwardPass) {}
}
