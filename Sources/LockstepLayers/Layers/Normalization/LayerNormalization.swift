import LockstepCompute
import LockstepGraph

/// Normalizes each vector of features to mean β and standard deviation γ: `y = γ·(x − μ)/√(σ² + ε) + β`. μ is the mean
/// and σ² the biased variance of the vector itself (Ba, Kiros and Hinton, 2016).
///
/// Input and output `[batch, …]`. The features are one dimension or several; the weights `gamma` (default ones) and
/// `beta` (zeros) have their shape. Default ε 1e-3.
///
/// With `rmsScaling`, which Keras keeps for old files, `y = γ·x/√(σ² + ε)`: the mean is subtracted in σ² only, and
/// there is no `beta`. `RMSNormalization` is the layer of that name in the literature.
///
///     model.add(LayerNormalization())
///     model.add(LayerNormalization(axis: [1, 2, 3]))      // whole images
public final class LayerNormalization: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var axis: Axes
    @Configured public private(set) var epsilon: Double
    @Configured public private(set) var center: Bool
    @Configured public private(set) var scale: Bool
    @Configured public private(set) var rmsScaling: Bool
    @Configured public private(set) var betaInitializer: Initializer
    @Configured public private(set) var gammaInitializer: Initializer
    @Configured public private(set) var betaRegularizer: Regularizer?
    @Configured public private(set) var gammaRegularizer: Regularizer?
    @Configured public private(set) var betaConstraint: Constraint?
    @Configured public private(set) var gammaConstraint: Constraint?
    public private(set) var gamma: Weight?
    public private(set) var beta: Weight?

    /// - Parameter axis: the dimensions of the features, where the batch is dimension 0.
    public init(
        axis: Axes = -1, epsilon: Double = 1e-3, center: Bool = true, scale: Bool = true,
        rmsScaling: Bool = false, betaInitializer: Initializer = .zeros, gammaInitializer: Initializer = .ones,
        betaRegularizer: Regularizer? = nil, gammaRegularizer: Regularizer? = nil, betaConstraint: Constraint? = nil,
        gammaConstraint: Constraint? = nil, name: String = ""
    ) {
        self.axis = axis
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        self.rmsScaling = rmsScaling
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
        let features = Shape(try rowAxes(axis, of: input).map { input[$0] })
        guard epsilon > 0 else {
            throw .argument(layer: name, name: "epsilon", requirement: "positive", received: "\(epsilon)")
        }
        gamma =
            scale || rmsScaling
            ? try weights.add(
                "gamma", features, gammaInitializer, regularizer: gammaRegularizer, constraint: gammaConstraint) : nil
        beta =
            center && !rmsScaling
            ? try weights.add(
                "beta", features, betaInitializer, regularizer: betaRegularizer, constraint: betaConstraint) : nil
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        let axes = try rowAxes(axis, of: inputs[0].spec.shape)
        return [
            try withLast(axes, of: inputs[0]) { x throws(LayerError) in
                if rmsScaling { return scaled(x, dimensions: axes.count) }
                guard axes.count > 1 else {
                    return layerNormalization(x, scale: gamma, offset: beta, epsilon: epsilon)
                }
                // The operation takes the features as one dimension.
                let shape = x.spec.shape
                let kept = shape.dimensions.dropLast(axes.count)
                let vectors = reshape(x, Shape(kept + [shape.dimensions.suffix(axes.count).reduce(1, *)]))
                var y = reshape(layerNormalization(vectors, scale: nil, offset: nil, epsilon: epsilon), shape)
                if let gamma { y = y * gamma }
                if let beta { y = y + beta }
                return y
            }
        ]
    }

    private func scaled(_ x: SymbolicTensor, dimensions: Int) -> SymbolicTensor {
        let axes = Array(x.spec.shape.dimensions.indices.suffix(dimensions))
        let variance = mean(square(x - mean(x, axes: axes, keepDims: true)), axes: axes, keepDims: true)
        let y = x * rsqrt(variance + Float(epsilon))
        return gamma.map { y * $0 } ?? y
    }

    public func computeMask(_ inputs: [SymbolicTensor]) -> SymbolicTensor? { inputs[0].mask }
}
