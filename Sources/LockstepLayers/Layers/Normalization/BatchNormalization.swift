import LockstepCompute
import LockstepGraph

/// Normalizes each feature of a batch to mean β and standard deviation γ: `y = γ·(x − μ)/√(σ² + ε) + β`.
///
/// Input and output `[batch, …, features]`; the features may be another dimension, `axis`. In training, μ and the
/// biased variance σ² are those of the whole batch: all positions of the rows of all ranks. They update the moving
/// statistics: `moving = moving·momentum + batch·(1 − momentum)`. In inference, μ and σ² are the moving statistics.
///
/// Weights: `gamma` (default ones), `beta` (zeros), and as state `moving_mean` (zeros) and `moving_variance` (ones),
/// all `[features]`. With x̂ the normalized x and n the number of positions in the batch:  `dβ = Σdy`,  `dγ = Σdy·x̂`,
/// `dx = γ/√(σ² + ε)·(dy − dβ/n − x̂·dγ/n)`; the sums are over all ranks (Ioffe and Szegedy, 2015). Masked positions
/// are normalized too, but they do not count in μ, σ² and n. Defaults: momentum 0.99, ε 1e-3.
///
/// With `renorm` (Ioffe, 2017) training computes `y = γ·(x̂·r + d) + β`, with `r = s/s′` and `d = (μ − μ′)/s′` for
/// `s = √(σ² + ε)` and moving statistics μ′ and s′ of a momentum of their own, `renormMomentum`; r and d have no
/// gradient. `renormClipping` bounds them. There are then more weights as state: `moving_stddev`, from which the moving
/// variance follows, `renorm_mean` and `renorm_stddev`.
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
    /// Keras's argument for statistics of all replicas' samples. They are those of the global batch in any case.
    @Configured public private(set) var synchronized: Bool
    @Configured public private(set) var renorm: Bool
    @Configured public private(set) var renormClipping: RenormClipping?
    @Configured public private(set) var renormMomentum: Double
    public private(set) var gamma: Weight?
    public private(set) var beta: Weight?
    public private(set) var movingMean: Weight!
    public private(set) var movingVariance: Weight!
    /// The state of a renormalization.
    private var renormState: (movingDeviation: Weight, mean: Weight, deviation: Weight)?

    /// - Parameter axis: the dimension of the features, where the batch is dimension 0.
    public init(
        axis: Int = -1, momentum: Double = 0.99, epsilon: Double = 1e-3, center: Bool = true, scale: Bool = true,
        betaInitializer: Initializer = .zeros, gammaInitializer: Initializer = .ones,
        movingMeanInitializer: Initializer = .zeros,
        movingVarianceInitializer: Initializer = .ones, betaRegularizer: Regularizer? = nil,
        gammaRegularizer: Regularizer? = nil,
        betaConstraint: Constraint? = nil, gammaConstraint: Constraint? = nil, synchronized: Bool = false,
        renorm: Bool = false, renormClipping: RenormClipping? = nil, renormMomentum: Double = 0.99, name: String = ""
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
        self.synchronized = synchronized
        self.renorm = renorm
        self.renormClipping = renormClipping
        self.renormMomentum = renormMomentum
        properties = LayerProperties(name: name)
    }

    public static func modernize(_ arguments: inout [String: ConfigurationValue]) {
        // Keras 2 wrote the axis as a list.
        if let axes = arguments["axis"]?.list, axes.count == 1 { arguments["axis"] = axes[0] }
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        let input = try single(inputs)
        let features = input[try rowAxes(Axes(axis), of: input)[0]]
        for (argument, value) in [("momentum", momentum), ("renormMomentum", renormMomentum)]
        where !(value >= 0 && value <= 1) {
            throw .argument(layer: name, name: argument, requirement: "from 0 to 1", received: "\(value)")
        }
        if renorm, let clipping = renormClipping, clipping.factors == nil || clipping.offsets == nil {
            throw .argument(
                layer: name, name: "renormClipping", requirement: "bounds with rmin ≤ rmax, and dmax from 0",
                received: "\(clipping.configurationValue)")
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
        guard renorm else {
            renormState = nil
            return
        }
        func deviation(_ name: String) throws(LayerError) -> Weight {
            try weights.add(name, [features], movingVarianceInitializer, role: .renewed, in: nil) { values in
                for feature in 0..<features { values[feature] = values[feature].squareRoot() }
            }
        }
        let movingDeviation = try deviation("moving_stddev")
        let mean = try weights.add("renorm_mean", [features], movingMeanInitializer, role: .renewed)
        renormState = (movingDeviation, mean, try deviation("renorm_stddev"))
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        let row = inputs[0].spec.shape
        let mask = try mask(of: inputs[0], Shape(row.dimensions.dropLast()))
        let axis = try rowAxes(Axes(axis), of: row)[0]
        if let mask, axis < row.rank - 1 {
            throw .mask(
                layer: name, requirement: "not be where the features are not the last dimension",
                received: mask.spec.shape)
        }
        return [
            try withLast([axis], of: inputs[0]) { x throws(LayerError) in normalized(x, mask, call) }
        ]
    }

    private func normalized(_ x: SymbolicTensor, _ mask: SymbolicTensor?, _ call: Call) -> SymbolicTensor {
        let call = isTrainable ? call : call.inference
        guard call.training, let renormState else {
            return call.batchNormalization(
                x, mean: movingMean, variance: movingVariance, scale: gamma, offset: beta, momentum: momentum,
                epsilon: epsilon, mask: mask)
        }
        // With a momentum of 0 the next moving statistics are those of the batch.
        let operands: [any Operand] = [x, movingMean, movingVariance] + (mask.map { [$0] } ?? [])
        let normalized = call.trace.apply(
            BatchNormalizationOperation(
                momentum: 0, epsilon: epsilon, hasScale: false, hasOffset: false, isMasked: mask != nil, [x.spec]),
            to: operands)
        guard normalized.count == 3 else { return x }
        let state: [Weight] = [movingMean, renormState.movingDeviation, renormState.mean, renormState.deviation]
        let clipping = renormClipping ?? RenormClipping()
        let results = normalized[0].applying(
            RenormalizationOperation(
                epsilon: epsilon, momentum: momentum, correctionMomentum: renormMomentum, factors: clipping.factors!,
                offsets: clipping.offsets!), with: [normalized[1], normalized[2]] + state)
        guard results.count == 7 else { return x }
        let renewed: [Weight] = [
            movingMean, movingVariance, renormState.movingDeviation, renormState.mean, renormState.deviation,
        ]
        for (weight, result) in zip(renewed, results.dropFirst(2)) { call.renew(weight, with: result) }
        var y = normalized[0] * results[0] + results[1]
        if let gamma { y = y * gamma }
        if let beta { y = y + beta }
        return y
    }

    public static var takesMask: Bool { true }
    public func computeMask(_ inputs: [SymbolicTensor]) -> SymbolicTensor? { inputs[0].mask }
}
