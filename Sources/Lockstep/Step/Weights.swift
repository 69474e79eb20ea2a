import LockstepCompute
import LockstepLayers

/// The values of a model's parameters and of the state beside them, copied, in the order of its arena.
struct Weights {
    let values, state: Tensor
}

extension Runtime {
    /// The weights as they are.
    var weights: Weights { Weights(values: arena.values.copy(), state: arena.state.copy()) }

    /// Collective: gives all ranks rank 0's weights, while a training goes on.
    ///
    /// - Parameter weights: what rank 0 takes; elsewhere they make no difference.
    func setWeights(_ weights: Weights?) throws {
        // Not in the memory that other ranks see.
        arena.moveToOwn()
        if let weights {
            arena.values.assign(weights.values)
            arena.state.assign(weights.state)
        }
        try shareState()
        try trainer?.attach(arena, over: communicator)
    }
}
