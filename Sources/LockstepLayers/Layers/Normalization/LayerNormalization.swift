import LockstepCompute
import LockstepGraph

/// Normalizes each vector of features to mean β and standard deviation γ: `y = γ·(x − μ)/√(σ² + ε) + β`. μ is the mean
/// and σ² the biased variance of the vector itself (Ba, Kiros and Hinton, 2016).
///
/// Input and output `[batch, …, features]`; weights `gamma` (default ones) and `beta` (zeros), `[features]`. Default ε
/// 1e-3.
///
///     model.add(LayerNormalization())
public final class LayerNormalization: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var axis: Int
    @Configured public private(set) var epsilon: Double
    @Configured public private(set) var center: Bool
    @Configured public private(set) var scale: Bool
    @Configured public private(set) var betaInitializer: Initializer
    @Configured public private(set) var gammaInitializer: Initializer
    public private(set) var gamma: Weight?
    public private(set) var beta: Weight?

    /// - Parameter axis: the dimension of the features, where the batch is dimension 0; it must be the last.
    public init(
        axis: Int = -1, epsilon: Double = 1e-3, center: Bool = true, scale: Bool = true,
        betaInitializer: Initializer = .zeros,
        gammaInitializer: Initializer = .ones, name: String = ""
    ) {
        self.axis = axis
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        self.betaInitializer = betaInitializer
        self.gammaInitializer = gammaInitializer
        properties = LayerProperties(name: name)
    }

    public static var fixedArguments: [String: ConfigurationValue] { ["rms_scaling": false] }

    public static func modernize(_ arguments: inout [String: ConfigurationValue]) {
        // A list of one axis is that axis.
        if let axes = arguments["axis"]?.list, axes.count == 1 { arguments["axis"] = axes[0] }
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        let input = try single(inputs)
        guard let features = input.last else {
            throw .input(layer: name, requirement: "have a dimension of features", received: input)
        }
        guard axis == -1 || axis == input.rank else {
            throw .argument(
                layer: name, name: "axis", requirement: "the last, -1 or \(input.rank)", received: "\(axis)")
        }
        guard epsilon > 0 else {
            throw .argument(layer: name, name: "epsilon", requirement: "positive", received: "\(epsilon)")
        }
        gamma = scale ? try weights.add("gamma", [features], gammaInitializer) : nil
        beta = center ? try weights.add("beta", [features], betaInitializer) : nil
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] {
        [layerNormalization(inputs[0], scale: gamma, offset: beta, epsilon: epsilon)]
    }

    public func computeMask(_ inputs: [SymbolicTensor]) -> SymbolicTensor? { inputs[0].mask }
}
