import LockstepCompute
import LockstepLayers

/// A model as it was at the end of an epoch after which loss and weights were finite, copied: what to go back to.
struct GoodEpoch {
    let epoch: Int
    let weights: Weights
    /// Of each optimizer.
    let learningRates: [Double]
    /// Whole on rank 0.
    let memory: TrainingMemory
    /// What layers carry from batch to batch, of all rows.
    let rowStates: [Tensor?]
}

extension Runtime {
    /// Collective: keeps the model as it is at the end of an epoch, if loss and weights are finite: the same on all
    /// ranks.
    func keep(epoch: Int, loss: Double) throws {
        guard let trainer, loss.isFinite, arena.values.isFinite, arena.state.isFinite else { return }
        goodEpoch = GoodEpoch(
            epoch: epoch, weights: weights, learningRates: trainer.learningRates,
            memory: try trainer.memory(over: communicator), rowStates: try rowStates())
    }

    /// Collective: makes the model what it was.
    fileprivate func restore(_ good: GoodEpoch) throws {
        for slot in good.memory.slots where communicator.size > 1 { try communicator.broadcast(slot, from: 0) }
        trainer?.restore(good.memory)
        setLearningRates(good.learningRates)
        setRowStates(good.rowStates)
        try setWeights(good.weights)
    }
}

extension Model {
    /// The number, from 0, of the last epoch of the last `fit` after which the loss and all weights were finite; nil if
    /// there was none, or `fit` was not told `keepLastGood`.
    public var lastGoodEpoch: Int? { existingRuntime?.goodEpoch?.epoch }

    /// Makes the model what it was at the end of `lastGoodEpoch`: its weights, its learning rate, and what its
    /// optimizer remembers.
    ///
    ///     do {
    ///         try model.fit(x, y, epochs: 50, keepLastGood: true)
    ///     } catch where model.lastGoodEpoch != nil && !(error is ClusterError) {
    ///         try model.restoreLastGoodEpoch()
    ///         try model.save("last-good.keras")
    ///         throw error
    ///     }
    ///
    /// Collective: call it after an error of all ranks. `fit` throws on all ranks alike, unless the error is a
    /// `ClusterError`, after which ranks cannot do anything together.
    ///
    /// - Throws: `TrainingError.noGoodEpoch` if `lastGoodEpoch` is nil; `ClusterError`.
    public func restoreLastGoodEpoch() throws {
        guard let runtime = existingRuntime, let good = runtime.goodEpoch else { throw TrainingError.noGoodEpoch }
        try runtime.restore(good)
    }
}
