import LockstepCompute
import LockstepGraph

/// The difference of two inputs, `y = a − b`, element by element.
///
/// Inputs and output `[batch, …]`. Rows are broadcast by NumPy's rules: compared from the last dimension on, two
/// dimensions must be equal, or one of them is 1 or missing.
///
///     let merged = Subtract()(a, b)
public final class Subtract: Layer {
    public let properties: LayerProperties

    public init(name: String = "") { properties = LayerProperties(name: name) }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        try checkMerged(inputs, count: 2)
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] {
        [inputs[0] - inputs[1]]
    }

    public func computeMask(_ inputs: [SymbolicTensor]) throws(LayerError) -> SymbolicTensor? {
        try commonMask(of: inputs)
    }
}
