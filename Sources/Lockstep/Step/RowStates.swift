import LockstepCluster
import LockstepCompute
import LockstepGraph
import LockstepLayers

/// What layers carry from batch to batch. Each rank holds the rows that it computes.
extension Runtime {
    /// Gives each rank its rows of the states that a step begins with.
    ///
    /// Collective if ranks have other rows than in the step before.
    ///
    /// - Throws: `TrainingError.batchSize` on all ranks, if the batch has another number of rows than the states.
    func takeStates(of plan: Plan, _ step: Int, of feed: Feed) throws {
        guard !plan.states.isEmpty else { return }
        let (batch, ranks) = (feed.plan.batch(step), communicator.size)
        for (state, _, _) in plan.states where state.batch != batch.count {
            throw TrainingError.batchSize(layer: state.layer, expected: state.batch, received: batch.count)
        }
        let shards = (0..<ranks).map { rank in
            let shard = feed.plan.shard(step, rank: rank, size: ranks)
            return shard.lowerBound - batch.lowerBound..<shard.upperBound - batch.lowerBound
        }
        for (state, _, _) in plan.states where state.shards != shards {
            let rows = shards[communicator.rank]
            let values = try wholeState(state)?.rows(rows).copy() ?? .zeros(state.shape.rows(rows.count))
            state.set(values, shards: shards)
        }
    }

    /// Collective: a state of all rows; nil if all are zero.
    private func wholeState(_ state: RowState) throws -> Tensor? {
        guard let values = state.values, let shards = state.shards else { return state.values }
        let whole = Tensor.zeros(state.shape.rows(state.batch))
        try communicator.allGather(values, counts: shards.map { $0.count * state.shape.count }, into: whole)
        return whole
    }

    private var states: [RowState] { graph.layers.flatMap(\.rowStates) }

    /// Collective: the states of all rows, on all ranks; nil for one that no step has used.
    func rowStates() throws -> [Tensor?] { try states.map { try wholeState($0) } }

    /// Replaces the states of all rows. All ranks pass the same.
    func setRowStates(_ values: [Tensor?]) {
        for (state, values) in zip(states, values) {
            state.set(values?.copy() ?? .zeros(state.shape.rows(state.batch)), shards: nil)
        }
    }
}
