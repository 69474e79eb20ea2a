import LockstepCompute
import LockstepGraph

/// The mean of two or more inputs, `y = (a + b + …) / n`, element by element.
///
/// Inputs and output `[batch, …]`. Rows are broadcast by NumPy's rules: compared from the last dimension on, two
/// dimensions must be equal, or one of them is 1 or missing.
///
///     let merged = Average()(a, b, c)
public final class Average: Layer {
    public let properties: LayerProperties

    public init(name: String = "") { properties = LayerProperties(name: name) }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        try checkMerged(inputs)
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] {
        [inputs.dropFirst().reduce(inputs[0]) { $0 + $1 } / Float(inputs.count)]
    }

    public func computeMask(_ inputs: [SymbolicTensor]) throws(LayerError) -> SymbolicTensor? {
        try commonMask(of: inputs)
    }
}
