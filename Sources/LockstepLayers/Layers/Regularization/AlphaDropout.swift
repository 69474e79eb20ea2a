import LockstepCompute
import LockstepGraph

/// In training, sets inputs with probability `rate` to the value that `selu` gives for −∞, and scales and shifts all so
/// that mean 0 and variance 1 stay (Klambauer et al., 2017). In inference, the output is the input. Input and output
/// `[batch, …]`.
///
///     model.add(AlphaDropout(0.1))
public final class AlphaDropout: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var rate: Double
    /// Dimensions of 1 along which inputs are dropped together; nil for a dimension as in the input.
    @Configured public private(set) var noiseShape: [Int?]?

    public init(_ rate: Double, noiseShape: [Int?]? = nil, name: String = "") {
        self.rate = rate
        self.noiseShape = noiseShape
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

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        let x = inputs[0]
        let axes = try commonAxes(noiseShape, of: x.spec.shape)
        guard call.training, rate > 0 else { return [x] }
        // −α·scale of selu.
        let lowest: Float = -1.7580993408473766
        let (p, square) = (Float(rate), lowest * lowest)
        let a = 1 / ((1 - p) * (1 + p * square)).squareRoot()
        let kept = greater(call.dropped(like: x, rate: rate, common: axes), 0)
        return [a * (x * kept + lowest * (1 - kept)) - a * lowest * p]
    }

    public func computeMask(_ inputs: [SymbolicTensor]) -> SymbolicTensor? { inputs[0].mask }
}
