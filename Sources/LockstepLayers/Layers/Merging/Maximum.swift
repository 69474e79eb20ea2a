import LockstepCompute
import LockstepGraph

/// The largest of two or more inputs, element by element. Equal elements share the gradient.
///
/// Inputs and output `[batch, …]`. Rows are broadcast by NumPy's rules: compared from the last dimension on, two
/// dimensions must be equal, or one of them is 1 or missing. Where one of two inputs is masked, the other counts.
///
///     let merged = Maximum()(a, b, c)
public final class Maximum: Layer {
    public let properties: LayerProperties

    public init(name: String = "") { properties = LayerProperties(name: name) }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        try checkMerged(inputs)
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        [try merged(inputs) { maximum($0, $1) }]
    }

    public func computeMask(_ inputs: [SymbolicTensor]) throws(LayerError) -> SymbolicTensor? {
        try commonMask(of: inputs)
    }
}
