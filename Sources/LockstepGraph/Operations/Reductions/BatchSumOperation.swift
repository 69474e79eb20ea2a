import LockstepCompute

/// The sum over all rows of the global batch, given to each row: `y[i] = Σⱼ x[j]`, `dx[i] = Σⱼ dy[j]`. Collective.
///
/// Input and output `[batch, …]`.
package struct BatchSumOperation: Operation {
    package init() {}

    package func outputs(_ inputs: [TensorSpec]) throws(OperationError) -> [TensorSpec] {
        try inputs.checkCount(1)
        guard inputs[0].isBatched else { throw .shapes(requirement: "[batch, …]", received: inputs) }
        return inputs
    }

    package func memory(_ call: OperationShapes) -> OperationMemory {
        let elements = call.inputs[0].row.count
        var memory = OperationMemory(saved: [[elements]])
        memory.sums = [elements]
        return memory
    }

    package var recomputation: RecomputationCost { .forbidden }

    package func forward(_ pass: ForwardPass) {
        sum(pass.input, by: pass.sums, pass.leafSums[0], pass.saved[0], pass.context, into: pass.output)
    }

    package func backward(_ pass: BackwardPass) {
        guard let dx = pass.inputGradient else { return }
        sum(pass.outputGradient, by: pass.sums, pass.leafSums[0], pass.saved[0], pass.context, into: dx)
    }

    private func sum(
        _ x: Tensor, by rows: RowPartition, _ leaves: Tensor, _ total: Tensor, _ context: StepContext,
        into result: Tensor
    ) {
        let elements = total.count
        columnSums(x.part(at: 0, shape: [rows.rows, elements]), by: rows, into: leaves, on: context.crew)
        context.batch.sum(leaves, into: total, on: context.crew)
        for row in 0..<rows.rows { result.part(at: row * elements, shape: [elements]).assign(total) }
    }
}

/// The sum of a tensor `[batch, …]` over all rows of the global batch, on all ranks. Each row of the result holds it.
///
/// Collective: every rank runs it, with no rows too.
public func batchSum(_ x: SymbolicTensor) -> SymbolicTensor { x.applying(BatchSumOperation())[0] }
