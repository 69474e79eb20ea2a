import LockstepCompute

/// The tensors that a call of a model is given on this rank, in the order of the model's inputs and outputs.
struct GivenSamples {
    /// The model's inputs; once numbers are made of text, what a step takes for them.
    var inputs: [Tensor]
    /// The shapes of the rows of the model's inputs, once numbers are made of text; else empty.
    var texts: [Shape] = []
    var targets: [Tensor] = []
    var weights: [Tensor] = []

    /// Calls the body with each tensor and its place among the inputs, targets and weights. Allocates nothing.
    func eachTensor(_ body: (_ index: Int, _ tensor: Tensor) -> Void) {
        for index in inputs.indices { body(index, inputs[index]) }
        for index in targets.indices { body(inputs.count + index, targets[index]) }
        for index in weights.indices { body(inputs.count + targets.count + index, weights[index]) }
    }

    var shapes: SampleShapes {
        SampleShapes(
            inputs: inputs.map(DataSet.rowShape), texts: texts, targets: targets.map(DataSet.rowShape),
            weights: weights.map(DataSet.rowShape))
    }

    /// Whether these are the shapes of its rows. Allocates nothing.
    func has(_ shapes: SampleShapes) -> Bool {
        func agree(_ tensors: [Tensor], _ shapes: [Shape]) -> Bool {
            tensors.count == shapes.count && tensors.indices.allSatisfy { DataSet.hasRows(tensors[$0], of: shapes[$0]) }
        }
        return texts == shapes.texts && agree(inputs, shapes.inputs) && agree(targets, shapes.targets)
            && agree(weights, shapes.weights)
    }
    var fingerprint: UInt64 { (inputs + targets + weights).reduce(0) { $0 &* 31 ^ $1.fingerprint } }
}
