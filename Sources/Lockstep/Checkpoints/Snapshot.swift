import LockstepCompute

/// A whole training as it was between two steps, copied.
struct Snapshot {
    let state: TrainingState
    let weights: Weights
    /// What the optimizer remembers, as `TrainingMemory` has it.
    let slots: [Tensor]
    /// What layers carry from batch to batch, of all rows; nil for what no step has used.
    let rowStates: [Tensor?]
    /// Weights that callbacks keep, by the callback's number.
    let kept: [Int: Weights]
}

extension Runtime {
    /// Collective: the training as it is, on rank 0; nil elsewhere.
    func snapshot(
        _ position: FitPosition, callbacks: [any Callback], kept: [Int: Weights], conditions: [TrainingCondition]
    ) throws -> Snapshot? {
        guard let trainer else { return nil }
        let (memory, rowStates) = (try trainer.memory(over: communicator), try rowStates())
        guard communicator.rank == 0 else { return nil }
        let state = TrainingState(
            position: position, iterations: memory.iterations, steps: memory.steps,
            learningRates: trainer.learningRates,
            seed: context.seed, callbacks: callbacks.map(\.memory), conditions: conditions)
        return Snapshot(state: state, weights: weights, slots: memory.slots, rowStates: rowStates, kept: kept)
    }

    /// Sets the learning rate of each optimizer.
    func setLearningRates(_ rates: [Double]) {
        for (number, rate) in rates.enumerated() { compilation?.optimizers[number].learningRate = rate }
        trainer?.learningRates = rates
    }

    /// Collective: goes on from a snapshot, the same on all ranks.
    func restore(_ snapshot: Snapshot) throws {
        let state = snapshot.state
        context.seed = state.seed
        trainer?.restore(TrainingMemory(slots: snapshot.slots, iterations: state.iterations, steps: state.steps))
        setLearningRates(state.learningRates)
        setRowStates(snapshot.rowStates)
        try setWeights(snapshot.weights)
    }
}
