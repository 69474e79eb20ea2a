import LockstepCompute
import LockstepGraph

/// A layer of attention from the steps of a query to those of a value, by scores of the query's and the key's steps.
protocol SequenceAttention: Layer {
    var dropout: Double { get }
    var useCausalMask: Bool { get }
    var returnAttentionScores: Bool { get }
}

extension SequenceAttention {
    /// Checks the inputs, and returns the shapes of query, value and key.
    func check(_ inputs: [Shape]) throws(LayerError) -> (query: Shape, value: Shape, key: Shape) {
        guard inputs.count == 2 || inputs.count == 3 else {
            throw .inputCount(layer: name, expected: 2, received: inputs.count)
        }
        guard dropout >= 0, dropout <= 1 else {
            throw .argument(layer: name, name: "dropout", requirement: "from 0 to 1", received: "\(dropout)")
        }
        let (query, value, key) = (inputs[0], inputs[1], inputs[inputs.count - 1])
        guard query.rank >= 2 else {
            throw .input(layer: name, requirement: "have a query of [time, features]", received: query)
        }
        guard value.rank == query.rank, value.dimensions.dropLast(2) == query.dimensions.dropLast(2) else {
            throw .input(layer: name, requirement: "have a value like the query \(query)", received: value)
        }
        guard key.dimensions.dropLast() == value.dimensions.dropLast(), key.last == query.last else {
            throw .input(
                layer: name, requirement: "have a key of the steps of the value \(value) and the features of the query",
                received: key)
        }
        return (query, value, key)
    }

    /// The value's steps, weighted by the softmax of scores, and the weights if they are asked for.
    ///
    /// - Parameter scores: `[…, query, value]`.
    func attended(_ scores: SymbolicTensor, _ inputs: [SymbolicTensor], _ call: Call) throws(LayerError)
        -> [SymbolicTensor]
    {
        let dimensions = scores.spec.shape.dimensions.suffix(2)
        let (query, value) = (dimensions.first!, dimensions.last!)
        let places = attendedPlaces(query: query, value: value, isCausal: useCausalMask)
        if let mask = inputs.prefix(2).lazy.compactMap(\.mask).first, scores.spec.shape.rank > 2 {
            throw .mask(
                layer: name, requirement: "not be for inputs of more than one sequence", received: mask.spec.shape)
        }
        let mask = try mask(of: inputs[1], [value]).map { reshape($0, [1, value]) }
        // As in Keras, the scores that do not count become smaller by 1e9.
        var masked = scores
        if let mask {
            masked = scores + ((places.map { mask * $0 } ?? mask) - 1) * 1e9
        } else if let places {
            masked = scores + (places - 1) * 1e9
        }
        let weights = LockstepGraph.dropout(softmax(masked), rate: dropout, call)
        var result = matmul(weights, inputs[1])
        if let own = try self.mask(of: inputs[0], [query]) { result = result * reshape(own, [query, 1]) }
        return returnAttentionScores ? [result, weights] : [result]
    }
}
