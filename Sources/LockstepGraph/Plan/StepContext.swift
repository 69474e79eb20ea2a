import LockstepCompute

/// The batch of all ranks, of which each computes a shard: what operations with statistics of the whole batch ask for
/// sums over the ranks.
package protocol GlobalBatch: AnyObject {
    /// Collective: the total over the micro-shards of all ranks. Every rank's operation calls it, with no rows of its
    /// own too.
    ///
    /// - Parameter sums: of each of this rank's micro-shards.
    func sum(_ sums: Tensor, into total: Tensor, on crew: Crew)
}

/// The batch of the only rank.
private final class WholeBatch: GlobalBatch {
    func sum(_ sums: Tensor, into total: Tensor, on crew: Crew) {
        addLeaves(sums, first: 0, leaves: sums.rowCount, into: total, on: crew)
    }
}

/// What the operations of one model share during a step. The plans' passes refer to it, so they are made once and not
/// for each step.
package final class StepContext {
    /// The threads to compute with.
    package let crew: Crew
    /// Where to say which layer computes.
    package let activity: Activity
    /// Keys the random numbers of a step together with its number and the layer.
    package var seed: UInt64
    /// Counts training steps from the first.
    package var step = 0
    /// The place in the global batch of this rank's first sample. An operation counts in rows: it asks its pass.
    package var firstRow = 0
    /// The samples of the global batch; nil: this rank's are all.
    package var batchRows: Int?
    package let batch: any GlobalBatch
    /// What an operation found wrong in the data of this step, the first of it, and the layer's place in the model
    /// graph.
    package var failure: (layer: Int, error: OperationError)?

    /// What the losses and metrics of the step under way are added to.
    // Every loss and metric reads it.
    @exclusivity(unchecked) package var sums: (any StepSums)?
    /// Where to add up how long each layer takes; nil measures nothing.
    package var times: LayerTimes?
    /// The memory of the plans of all networks that share the context.
    let workspace = Workspace()

    /// - Parameter batch: nil where this rank has the whole batch.
    package init(crew: Crew, seed: UInt64, batch: (any GlobalBatch)? = nil, activity: Activity = Activity()) {
        self.crew = crew
        self.activity = activity
        self.seed = seed
        self.batch = batch ?? WholeBatch()
    }

    func fail(_ error: OperationError, in layer: Int) {
        if failure == nil { failure = (layer, error) }
    }
}
