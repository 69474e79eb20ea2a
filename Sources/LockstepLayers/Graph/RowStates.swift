import LockstepCompute
import LockstepGraph

/// What layers carry from one batch to the next, row by row.
extension Layer {
    /// A state of the layer. The layer has one for each shape and each number of rows of a batch.
    ///
    /// - Parameters:
    ///   - number: which of the layer's states it is.
    ///   - shape: the shape of a row.
    /// - Throws: `LayerError.argument` if the model's inputs do not say how many rows a batch has.
    func rowState(_ number: Int, _ shape: Shape, _ call: Call) throws(LayerError) -> RowState {
        guard let batch = call.trace.batchSize else {
            throw .argument(
                layer: name, name: "stateful", requirement: "false where the model's inputs have no batchSize",
                received: "true")
        }
        let known = properties.rowStates.first { $0.number == number && $0.shape == shape && $0.batch == batch }
        if let known { return known }
        let state = RowState(layer: name, number: number, shape: shape, batch: batch)
        properties.rowStates.append(state)
        return state
    }

    /// All states of the layer and of the layers within it.
    package var rowStates: [RowState] { withSublayers.flatMap(\.properties.rowStates) }

    /// Makes the states of stateful layers zero: of this layer and of all layers within it, such as those of a model.
    /// Keras's `reset_states`.
    ///
    /// Every rank calls it.
    public func resetStates() { for state in rowStates { state.reset() } }

    /// Whether the layer, or a layer within it, carries states from batch to batch.
    var isStateful: Bool { withSublayers.contains { ($0 as? any RecurrentLayer)?.stateful ?? false } }
}
