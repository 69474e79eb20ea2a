import LockstepCompute
import LockstepGraph

extension Layer {
    /// Checks the inputs of a layer that combines several element by element.
    ///
    /// - Parameter count: how many there must be; nil: two or more.
    /// - Throws: `LayerError.inputCount`; `LayerError.input` for rows that cannot be broadcast to one shape.
    func checkMerged(_ inputs: [TensorSpec], count: Int? = nil) throws(LayerError) {
        guard inputs.count >= 2, count == nil || inputs.count == count else {
            throw .inputCount(layer: name, expected: count ?? 2, received: inputs.count)
        }
        var shape = inputs[0].shape
        for input in inputs.dropFirst() {
            guard let common = Shape.broadcast(shape, input.shape) else {
                throw .input(layer: name, requirement: "be broadcast to the shape \(shape) of those in front of it", received: input.shape)
            }
            shape = common
        }
    }
}
