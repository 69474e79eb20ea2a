import LockstepCompute
import LockstepGraph

/// The product of two or more inputs, element by element.
///
/// Inputs and output `[batch, …]`. Rows are broadcast by NumPy's rules: compared from the last dimension on, two
/// dimensions must be equal, or one of them is 1 or missing. A masked factor counts as 1. The product is 0 where all
/// factors are masked.
///
///     let merged = Multiply()(a, b, c)
public final class Multiply: Layer {
    public let properties: LayerProperties

    public init(name: String = "") { properties = LayerProperties(name: name) }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        try checkMerged(inputs)
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        var factors: [SymbolicTensor] = []
        for input in inputs { factors.append(try columnMask(of: input).map { input * $0 + (1 - $0) } ?? input) }
        let product = factors.dropFirst().reduce(factors[0]) { $0 * $1 }
        guard let mask = try commonMask(of: inputs) else { return [product] }
        return [product * reshape(mask, Shape(mask.spec.shape.dimensions + [1]))]
    }

    public func computeMask(_ inputs: [SymbolicTensor]) throws(LayerError) -> SymbolicTensor? {
        try commonMask(of: inputs)
    }
}
