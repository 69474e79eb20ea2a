import LockstepCompute
import LockstepGraph

/// In training, adds normal noise: `y = x + stddev·n`. In inference, the output is the input. Input and output
/// `[batch, …]`.
///
///     model.add(GaussianNoise(0.1))
public final class GaussianNoise: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var stddev: Double

    public init(_ stddev: Double, name: String = "") {
        self.stddev = stddev
        properties = LayerProperties(name: name)
    }

    public static func modernize(_ arguments: inout [String: ConfigurationValue]) {
        // The model's seed keys the numbers.
        arguments["seed"] = nil
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init(try arguments.value("stddev")) }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        _ = try single(inputs)
        guard stddev >= 0, stddev <= 1 else {
            throw .argument(layer: name, name: "stddev", requirement: "from 0 to 1", received: "\(stddev)")
        }
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] {
        guard call.training, stddev > 0 else { return [inputs[0]] }
        return [inputs[0] + Float(stddev) * normalNoise(like: inputs[0], call)]
    }

    public func computeMask(_ inputs: [SymbolicTensor]) -> SymbolicTensor? { inputs[0].mask }
}
