import LockstepCompute
import LockstepGraph

/// Normalizes each feature of a batch to mean β and standard deviation γ: `y = γ·(x − μ)/√(σ² + ε) + β`.
///
/// Input and output `[batch, …, features]`. In training, μ and the biased variance σ² are those of the whole batch: all
/// positions of the rows of all ranks. They update the moving statistics:
/// `moving = moving·momentum + batch·(1 − momentum)`. In inference, μ and σ² are the moving statistics.
///
/// Weights: `gamma` (default ones), `beta` (zeros), and as state `moving_mean` (zeros) and `moving_variance` (ones),
/// all `[features]`. With x̂ the normalized x and n the number of positions in the batch:  `dβ = Σdy`,  `dγ = Σdy·x̂`,
/// `dx = γ/√(σ² + ε)·(dy − dβ/n − x̂·dγ/n)`; the sums are over all ranks (Ioffe and Szegedy, 2015). Masked positions
/// are normalized too, but they do not count in μ, σ² and n. Defaults: momentum 0.99, ε 1e-3.
///
///     model.add(BatchNormalization())
public final class BatchNormalization: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var axis: Int
    @Configured public private(set) var momentum: Double
    @Configured public private(set) var epsilon: Double
    @Configured public private(set) var center: Bool
    @Configured public private(set) var scale: Bool
    @Configured public private(set) var betaInitializer: Initializer
    @Configured public private(set) var gammaInitializer: Initializer
    @Configured public private(set) var movingMeanInitializer: Initializer
    @Configured public private(set) var movingVarianceInitializer: Initializer
    @Configured public private(set) var betaRegularizer: Regularizer?
    @Configured public private(set) var gammaRegularizer: Regularizer?
    @Configured public private(set) var betaConstraint: Constraint?
    @Configured public private(set) var gammaConstraint: Constraint?
    public private(set) var gamma: Weight?
    public private(set) var beta: Weight?
    public private(set) var movingMean: Weight!
    public private(set) var movingVariance: Weight!

    /// - Parameter axis: the dimension of the features, where the batch is dimension 0; it must be the last.
    public init(
        axis: Int = -1, momentum: Double = 0.99, epsilon: Double = 1e-3, center: Bool = true, scale: Bool = true,
        betaInitializer: Initializer = .zeros, gammaInitializer: Initializer = .ones,
        movingMeanInitializer: Initializer = .zeros,
        movingVarianceInitializer: Initializer = .ones, betaRegularizer: Regularizer? = nil,
        gammaRegularizer: Regularizer? = nil,
        betaConstraint: Constraint? = nil, gammaConstraint: Constraint? = nil, name: String = ""
    ) {
        self.axis = axis
        self.momentum = momentum
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        self.betaInitializer = betaInitializer
        self.gammaInitializer = gammaInitializer
        self.movingMeanInitializer = movingMeanInitializer
        self.movingVarianceInitializer = movingVarianceInitializer
        self.betaRegularizer = betaRegularizer
        self.gammaRegularizer = gammaRegularizer
        self.betaConstraint = betaConstraint
        self.gammaConstraint = gammaConstraint
        properties = LayerProperties(name: name)
    }

    public static var fixedArguments: [String: ConfigurationValue] { ["synchronized": false, "renorm": false] }

    public static func modernize(_ arguments: inout [String: ConfigurationValue]) {
        // Keras 2 wrote the axis as a list. It wrote `renorm_momentum` also without renormalization.
        if let axes = arguments["axis"]?.list, axes.count == 1 { arguments["axis"] = axes[0] }
        arguments["renorm_momentum"] = nil
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
        guard momentum >= 0, momentum <= 1 else {
            throw .argument(layer: name, name: "momentum", requirement: "from 0 to 1", received: "\(momentum)")
        }
        guard epsilon > 0 else {
            throw .argument(layer: name, name: "epsilon", requirement: "positive", received: "\(epsilon)")
        }
        gamma =
            scale
            ? try weights.add(
                "gamma", [features], gammaInitializer, regularizer: gammaRegularizer, constraint: gammaConstraint) : nil
        beta =
            center
            ? try weights.add(
                "beta", [features], betaInitializer, regularizer: betaRegularizer, constraint: betaConstraint) : nil
        movingMean = try weights.add("moving_mean", [features], movingMeanInitializer, role: .renewed)
        movingVariance = try weights.add("moving_variance", [features], movingVarianceInitializer, role: .renewed)
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        let mask = try mask(of: inputs[0], Shape(inputs[0].spec.shape.dimensions.dropLast()))
        let call = isTrainable ? call : call.inference
        return [
            call.batchNormalization(
                inputs[0], mean: movingMean, variance: movingVariance, scale: gamma, offset: beta, momentum: momentum,
                epsilon: epsilon,
                mask: mask)
        ]
    }

    public static var takesMask: Bool { true }
    public func computeMask(_ inputs: [SymbolicTensor]) -> SymbolicTensor? { inputs[0].mask }
}
