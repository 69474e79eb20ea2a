import LockstepCompute
import LockstepGraph

/// In training, sets inputs to zero with probability `rate` and scales the others by `1 / (1 − rate)`. In inference,
/// the output is the input.
///
/// `y = x ⊙ mask`, `dx = dy ⊙ mask`. The mask of a row depends on the row's place in the global batch, so it is the
/// same for any number of ranks and threads.
public final class Dropout: Layer {
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
        // The model's seed keys the masks.
        arguments["seed"] = nil
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init(try arguments.value("rate")) }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        _ = try single(inputs)
        guard rate >= 0, rate <= 1 else {
            throw .argument(layer: name, name: "rate", requirement: "from 0 to 1", received: "\(rate)")
        }
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        let axes = try commonAxes(noiseShape, of: inputs[0].spec.shape)
        guard call.training, rate > 0, !axes.isEmpty else { return [dropout(inputs[0], rate: rate, call)] }
        return [inputs[0] * call.dropped(like: inputs[0], rate: rate, common: axes)]
    }

    public func computeMask(_ inputs: [SymbolicTensor]) -> SymbolicTensor? { inputs[0].mask }
}
