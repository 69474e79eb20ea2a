import LockstepCompute
import LockstepGraph

/// In training, multiplies by normal noise of mean 1: `y = x·(1 + √(rate / (1 − rate))·n)` (Srivastava et al., 2014).
/// In inference, the output is the input. Input and output `[batch, …]`.
///
///     model.add(GaussianDropout(0.3))
public final class GaussianDropout: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var rate: Double

    public init(_ rate: Double, name: String = "") {
        self.rate = rate
        properties = LayerProperties(name: name)
    }

    public static func modernize(_ arguments: inout [String: ConfigurationValue]) {
        // The model's seed keys the numbers.
        arguments["seed"] = nil
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init(try arguments.value("rate")) }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        _ = try single(inputs)
        guard rate >= 0, rate < 1 else {
            throw .argument(layer: name, name: "rate", requirement: "from 0 to below 1", received: "\(rate)")
        }
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] {
        guard call.training, rate > 0 else { return [inputs[0]] }
        let deviation = Float((rate / (1 - rate)).squareRoot())
        return [inputs[0] * (1 + deviation * normalNoise(like: inputs[0], call))]
    }

    public func computeMask(_ inputs: [SymbolicTensor]) -> SymbolicTensor? { inputs[0].mask }
}
