import LockstepCompute
import LockstepGraph

/// `y = x` for `x ≥ 0`, else `y = negativeSlope·x` (Maas et al., 2013). Default slope 0.3. Input and output
/// `[batch, …]`.
///
///     model.add(LeakyReLU())
public final class LeakyReLU: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var negativeSlope: Double

    public init(negativeSlope: Double = 0.3, name: String = "") {
        self.negativeSlope = negativeSlope
        properties = LayerProperties(name: name)
    }

    public static func modernize(_ arguments: inout [String: ConfigurationValue]) {
        // Keras 2's name.
        if let value = arguments.removeValue(forKey: "alpha") { arguments["negative_slope"] = value }
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        _ = try single(inputs)
        guard negativeSlope >= 0 else {
            throw .argument(layer: name, name: "negativeSlope", requirement: "0 or more", received: "\(negativeSlope)")
        }
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] {
        [activation(.leakyRelu(negativeSlope: Float(negativeSlope)), inputs[0])]
    }

    public func computeMask(_ inputs: [SymbolicTensor]) -> SymbolicTensor? { inputs[0].mask }
}
