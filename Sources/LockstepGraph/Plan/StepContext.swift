import LockstepCompute

/// The batch of all ranks. Operations with statistics of the whole batch get sums over the ranks from it.
package protocol GlobalBatch: AnyObject {
    /// Collective: the total over the micro-shards of all ranks. A rank without rows calls it too.
    ///
    /// - Parameter sums: of each of this rank's micro-shards.
    func sum(_ sums: Tensor, into total: Tensor, on crew: Crew)
    /// Collective: the rows of all ranks in their order, until the next call. A rank without rows calls it too.
    ///
    /// - Parameters:
    ///   - rows: those of this rank's samples.
    ///   - samples: of all ranks.
    ///   - width: the elements of a sample.
    func gathered(_ rows: Tensor, samples: Int, width: Int) -> Tensor
}

/// The batch of the only rank.
private final class WholeBatch: GlobalBatch {
    func sum(_ sums: Tensor, into total: Tensor, on crew: Crew) {
        addLeaves(sums, first: 0, leaves: sums.rowCount, into: total, on: crew)
    }

    func gathered(_ rows: Tensor, samples: Int, width: Int) -> Tensor { rows }
}

/// What the operations of one model share during a step. Passes refer to it, so that they are made once and not for
/// each step. Checks of exclusive access would be a part of a small step's time.
package final class StepContext {
    /// The threads to compute with.
    package let crew: Crew
    /// Where the layer that computes is told.
    package let activity: Activity
    /// A part of the key of random numbers, beside the step and the layer.
    package var seed: UInt64
    /// Counts training steps from the first.
    @exclusivity(unchecked) package var step = 0
    /// The place in the global batch of this rank's first sample. Operations count in rows; they ask their pass.
    @exclusivity(unchecked) package var firstRow = 0
    /// The samples of the global batch; nil if this rank has all of them.
    @exclusivity(unchecked) package var batchRows: Int?
    package let batch: any GlobalBatch
    /// The first error that an operation found in the data of this step, and the layer's place in the model graph.
    @exclusivity(unchecked) package var failure: (layer: Int, error: OperationError)?

    /// What the losses and metrics of the step under way are added to.
    @exclusivity(unchecked) package var sums: (any StepSums)?
    /// Where to add up how long each layer takes; nil measures nothing.
    @exclusivity(unchecked) package var times: LayerTimes?
    /// The memory of the plans of all networks that share the context.
    let workspace = Workspace()

    /// The elements of the memory that plans use in turn.
    package var workspaceSize: Int { workspace.memory.count }

    /// Makes this memory as large as that, after all plans have been forgotten.
    package func resizeWorkspace(to count: Int) { workspace.resize(to: count) }

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
