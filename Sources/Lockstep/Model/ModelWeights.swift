import LockstepCompute
import LockstepLayers

extension Model {
    /// The number of values of all weights.
    ///
    /// - Throws: `LayerError` if the layers do not fit together or the input shape is not known yet.
    public func countParameters() throws(LayerError) -> Int {
        let graph = try connect()
        return graph.trainableCount + graph.stateCount
    }

    /// Copies of all weights, layer by layer.
    ///
    /// - Throws: `LayerError` if the layers do not fit together or the input shape is not known yet.
    public var weights: [Tensor] {
        get throws(LayerError) { try build().graph.weights.map { $0.value.copy() } }
    }

    /// Sets all weights. Training begins with those of rank 0.
    ///
    /// - Throws: `LayerError.weights` if number or shapes differ from the model's.
    public func setWeights(_ weights: [Tensor]) throws(LayerError) {
        let (graph, arena) = try build()
        let parameters = graph.weights
        guard weights.map(\.shape) == parameters.map(\.shape) else {
            throw .weights(expected: parameters.map(\.shape), received: weights.map(\.shape))
        }
        // Not in memory that other ranks see.
        arena.moveToOwn()
        for (parameter, value) in zip(parameters, weights) { parameter.value.assign(value) }
        store.hasOwnWeights = true
    }
}
