import LockstepCompute
import LockstepGraph

/// Scales each vector of features by its root mean square: `y = γ·x / √(mean(x²) + ε)` (Zhang and Sennrich, 2019).
///
/// Input and output `[batch, …, features]`; weight `scale` (ones) with the shape of the features. Default ε 1e-6.
///
///     model.add(RMSNormalization())
public final class RMSNormalization: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var axis: Axes
    @Configured public private(set) var epsilon: Double
    public private(set) var scale: Weight!

    /// - Parameter axis: the dimensions of the features, where the batch is dimension 0; they must be the last.
    public init(axis: Axes = [-1], epsilon: Double = 1e-6, name: String = "") {
        self.axis = axis
        self.epsilon = epsilon
        properties = LayerProperties(name: name)
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        let input = try single(inputs)
        let axes = try rowAxes(axis, of: input)
        guard axes.last == input.rank - 1, axes.first == input.rank - axes.count else {
            throw .argument(
                layer: name, name: "axis", requirement: "the last dimensions of a row \(input)",
                received: "\(axis.values)")
        }
        guard epsilon > 0 else {
            throw .argument(layer: name, name: "epsilon", requirement: "positive", received: "\(epsilon)")
        }
        scale = try weights.add("scale", Shape(axes.map { input[$0] }), .ones)
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        let x = inputs[0]
        let axes = try rowAxes(axis, of: x.spec.shape)
        return [x * rsqrt(mean(square(x), axes: axes, keepDims: true) + Float(epsilon)) * scale]
    }
}
