import LockstepCompute
import LockstepGraph

/// The sum of two or more inputs of the same shape. The gradient of each input is that of the output.
///
///     let residual = Add()(Dense(64)(hidden), hidden)
public final class Add: Layer {
    public let properties: LayerProperties

    public init(name: String = "") { properties = LayerProperties(name: name) }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        guard inputs.count >= 2 else { throw .inputCount(layer: name, expected: 2, received: inputs.count) }
        if let other = inputs.first(where: { $0 != inputs[0] }) {
            throw .input(
                layer: name, requirement: "have the shape \(inputs[0].shape) of the first", received: other.shape)
        }
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] { [sum(inputs)] }

    public func computeMask(_ inputs: [SymbolicTensor]) throws(LayerError) -> SymbolicTensor? {
        try commonMask(of: inputs)
    }
}
