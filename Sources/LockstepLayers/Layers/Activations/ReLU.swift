import LockstepCompute
import LockstepGraph

/// The rectifier, with options: `y = maxValue` for `x ≥ maxValue`, `y = x` for `threshold ≤ x < maxValue`, else
/// `y = negativeSlope·(x − threshold)`. Input and output `[batch, …]`.
///
/// Defaults: no `maxValue`, slope 0, threshold 0. For the plain rectifier `Activation(.relu)` is the same.
///
///     model.add(ReLU(maxValue: 6))
public final class ReLU: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var maxValue: Double?
    @Configured public private(set) var negativeSlope: Double
    @Configured public private(set) var threshold: Double

    public init(maxValue: Double? = nil, negativeSlope: Double = 0, threshold: Double = 0, name: String = "") {
        self.maxValue = maxValue
        self.negativeSlope = negativeSlope
        self.threshold = threshold
        properties = LayerProperties(name: name)
    }

    public static func modernize(_ arguments: inout [String: ConfigurationValue]) {
        // Keras 2 wrote null for 0.
        for name in ["negative_slope", "threshold"] where arguments[name] == .null { arguments[name] = nil }
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        _ = try single(inputs)
        for (argument, value) in [
            ("maxValue", maxValue ?? 0), ("negativeSlope", negativeSlope), ("threshold", threshold),
        ]
        where value < 0 {
            throw .argument(layer: name, name: argument, requirement: "0 or more", received: "\(value)")
        }
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] {
        let x = inputs[0]
        if threshold == 0, maxValue == nil {
            return [negativeSlope == 0 ? relu(x) : activation(.leakyRelu(negativeSlope: Float(negativeSlope)), x)]
        }
        if threshold == 0, maxValue == 6, negativeSlope == 0 { return [activation(.relu6, x)] }
        let limit = Float(threshold)
        var y = threshold == 0 ? relu(x) : x * greater(x, limit)
        if let maxValue { y = minimum(y, Float(maxValue)) }
        if negativeSlope != 0 { y = y - Float(negativeSlope) * relu(limit - x) }
        return [y]
    }

    public func computeMask(_ inputs: [SymbolicTensor]) -> SymbolicTensor? { inputs[0].mask }
}
