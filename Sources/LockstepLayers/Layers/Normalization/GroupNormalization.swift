import LockstepCompute
import LockstepGraph

/// Normalizes groups of channels of each row to mean β and standard deviation γ: `y = γ·(x − μ)/√(σ² + ε) + β`. μ is
/// the mean and σ² the biased variance of all positions and channels of a group (Wu and He, 2018).
///
/// Input and output `[batch, …]`, with the channels in dimension `axis`; weights `gamma` (default ones) and `beta`
/// (zeros), `[channels]`. Defaults: 32 groups, ε 1e-3. With -1 groups each channel is one.
///
///     model.add(GroupNormalization(groups: 8))
public final class GroupNormalization: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var groups: Int
    @Configured public private(set) var axis: Int
    @Configured public private(set) var epsilon: Double
    @Configured public private(set) var center: Bool
    @Configured public private(set) var scale: Bool
    @Configured public private(set) var betaInitializer: Initializer
    @Configured public private(set) var gammaInitializer: Initializer
    @Configured public private(set) var betaRegularizer: Regularizer?
    @Configured public private(set) var gammaRegularizer: Regularizer?
    @Configured public private(set) var betaConstraint: Constraint?
    @Configured public private(set) var gammaConstraint: Constraint?
    public private(set) var gamma: Weight?
    public private(set) var beta: Weight?

    /// - Parameter axis: the dimension of the channels, where the batch is dimension 0.
    public init(
        groups: Int = 32, axis: Int = -1, epsilon: Double = 1e-3, center: Bool = true, scale: Bool = true,
        betaInitializer: Initializer = .zeros, gammaInitializer: Initializer = .ones,
        betaRegularizer: Regularizer? = nil, gammaRegularizer: Regularizer? = nil, betaConstraint: Constraint? = nil,
        gammaConstraint: Constraint? = nil, name: String = ""
    ) {
        self.groups = groups
        self.axis = axis
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        self.betaInitializer = betaInitializer
        self.gammaInitializer = gammaInitializer
        self.betaRegularizer = betaRegularizer
        self.gammaRegularizer = gammaRegularizer
        self.betaConstraint = betaConstraint
        self.gammaConstraint = gammaConstraint
        properties = LayerProperties(name: name)
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        let input = try single(inputs)
        let channels = input[try rowAxes(Axes(axis), of: input)[0]]
        guard groups == -1 || groups > 0 && channels % groups == 0 else {
            throw .argument(
                layer: name, name: "groups", requirement: "-1 or a divisor of \(channels)", received: "\(groups)")
        }
        guard epsilon > 0 else {
            throw .argument(layer: name, name: "epsilon", requirement: "positive", received: "\(epsilon)")
        }
        gamma =
            scale
            ? try weights.add(
                "gamma", [channels], gammaInitializer, regularizer: gammaRegularizer, constraint: gammaConstraint) : nil
        beta =
            center
            ? try weights.add(
                "beta", [channels], betaInitializer, regularizer: betaRegularizer, constraint: betaConstraint) : nil
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        let axes = try rowAxes(Axes(axis), of: inputs[0].spec.shape)
        return [try withLast(axes, of: inputs[0]) { x throws(LayerError) in normalized(x) }]
    }

    private func normalized(_ input: SymbolicTensor) -> SymbolicTensor {
        let shape = input.spec.shape
        let channels = shape.last ?? 1
        let count = groups == -1 ? channels : groups
        let x = reshape(input, [shape.count / max(channels, 1), count, channels / count])
        let centered = x - mean(x, axes: [0, 2], keepDims: true)
        let variance = mean(square(centered), axes: [0, 2], keepDims: true)
        var y = reshape(centered * rsqrt(variance + Float(epsilon)), shape)
        if let gamma { y = y * gamma }
        if let beta { y = y + beta }
        return y
    }

    public func computeMask(_ inputs: [SymbolicTensor]) -> SymbolicTensor? { inputs[0].mask }
}
