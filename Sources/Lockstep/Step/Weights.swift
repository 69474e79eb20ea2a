import LockstepCompute
import LockstepLayers

/// Copies of a model's trainable values and of its state, in the order of its arena.
struct Weights {
    let values, state: Tensor
}

extension Runtime {
    /// The weights as they are.
    var weights: Weights { Weights(values: arena.values.copy(), state: arena.state.copy()) }

    /// Collective: gives all ranks rank 0's weights during a training.
    ///
    /// - Parameter weights: the weights of rank 0; on other ranks they are ignored.
    func setWeights(_ weights: Weights?) throws {
        arena.resume()
        // Not in memory that other ranks see.
        arena.moveToOwn()
        if let weights {
            arena.values.assign(weights.values)
            arena.state.assign(weights.state)
        }
        try shareState()
        try trainer?.attach(arena, over: communicator)
    }
}
