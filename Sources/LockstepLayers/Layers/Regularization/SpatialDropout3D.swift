import LockstepCompute
import LockstepGraph

/// In training, sets whole channels of volumes to zero with probability `rate`, and scales the others by
/// `1 / (1 − rate)` (Tompson et al., 2015). In inference, the output is the input. Input and output
/// `[batch, depth, height, width, channels]`.
///
///     model.add(SpatialDropout3D(0.2))
public final class SpatialDropout3D: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var rate: Double

    public init(_ rate: Double, name: String = "") {
        self.rate = rate
        properties = LayerProperties(name: name)
    }

    public static var takesDataFormat: Bool { true }

    public static func modernize(_ arguments: inout [String: ConfigurationValue]) {
        // The model's seed keys the numbers, and the shape of the noise follows from the class.
        for name in ["seed", "noise_shape"] { arguments[name] = nil }
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init(try arguments.value("rate")) }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        try checkChannels(inputs, rank: 4, rate: rate)
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] {
        guard call.training, rate > 0 else { return [inputs[0]] }
        return [inputs[0] * call.dropped(like: inputs[0], rate: rate, common: Array(0..<3))]
    }

    public func computeMask(_ inputs: [SymbolicTensor]) -> SymbolicTensor? { inputs[0].mask }
}
