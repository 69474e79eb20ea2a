import LockstepCompute
import LockstepGraph

extension Layer {
    /// Checks the inputs of a layer that combines its inputs element by element.
    ///
    /// - Parameter count: the required number of inputs; nil for two or more.
    /// - Throws: `LayerError.inputCount`; `LayerError.input` for rows that cannot be broadcast to one shape.
    func checkMerged(_ inputs: [TensorSpec], count: Int? = nil) throws(LayerError) {
        guard inputs.count >= 2, count == nil || inputs.count == count else {
            throw .inputCount(layer: name, expected: count ?? 2, received: inputs.count)
        }
        var shape = inputs[0].shape
        for input in inputs.dropFirst() {
            guard let common = Shape.broadcast(shape, input.shape) else {
                throw .input(
                    layer: name, requirement: "be broadcast to the shape \(shape) of those in front of it",
                    received: input.shape)
            }
            shape = common
        }
    }

    /// Combines inputs one after another with a function that has no neutral element. Where one of two inputs is
    /// masked, the other takes its place.
    func merged(
        _ inputs: [SymbolicTensor], _ function: (SymbolicTensor, SymbolicTensor) -> SymbolicTensor
    ) throws(LayerError) -> SymbolicTensor {
        var (result, resultMask) = (inputs[0], try columnMask(of: inputs[0]))
        for input in inputs.dropFirst() {
            let mask = try columnMask(of: input)
            let other = mask.map { select($0, input, result) } ?? input
            result = function(resultMask.map { select($0, result, other) } ?? result, other)
            if let old = resultMask { resultMask = mask.map { maximum(old, $0) } }
        }
        return result
    }
}
