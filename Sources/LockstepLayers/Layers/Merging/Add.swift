import LockstepCompute
import LockstepGraph

/// The sum of two or more inputs, broadcast to one shape. The gradient of an input of that shape is that of the output.
///
///     let residual = Add()(Dense(64)(hidden), hidden)
public final class Add: Layer {
    public let properties: LayerProperties

    public init(name: String = "") { properties = LayerProperties(name: name) }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        try checkMerged(inputs)
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] {
        let areAlike = inputs.allSatisfy { $0.spec.shape == inputs[0].spec.shape }
        return [areAlike ? sum(inputs) : inputs.dropFirst().reduce(inputs[0], +)]
    }

    public func computeMask(_ inputs: [SymbolicTensor]) throws(LayerError) -> SymbolicTensor? {
        try commonMask(of: inputs)
    }
}
