import LockstepCompute
import LockstepGraph

/// `y = x` for `x > 0`, else `y = α·(e^x − 1)` (Clevert et al., 2015). Default α 1. Input and output `[batch, …]`.
///
///     model.add(ELU())
public final class ELU: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var alpha: Double

    public init(alpha: Double = 1, name: String = "") {
        self.alpha = alpha
        properties = LayerProperties(name: name)
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        _ = try single(inputs)
        guard alpha >= 0 else {
            throw .argument(layer: name, name: "alpha", requirement: "0 or more", received: "\(alpha)")
        }
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] {
        [activation(.elu(alpha: Float(alpha)), inputs[0])]
    }

    public func computeMask(_ inputs: [SymbolicTensor]) -> SymbolicTensor? { inputs[0].mask }
}
