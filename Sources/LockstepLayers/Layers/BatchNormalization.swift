import LockstepCompute

/// Brings each feature of a batch to mean β and deviation γ: `y = γ·(x − μ)/√(σ² + ε) + β`.
///
/// Input and output `[batch, …, features]`. While training μ and σ² (the biased one) are those of the whole batch, over the rows of all
/// ranks and all positions, and move the moving ones: `moving = moving·momentum + batch·(1 − momentum)`; else they are the moving ones.
/// Parameters `gamma` (default ones), `beta` (zeros), and as state `moving_mean` (zeros) and `moving_variance` (ones), all `[features]`.
/// With x̂ the normalized x, n the batch's positions:  `dβ = Σdy`,  `dγ = Σdy·x̂`,  `dx = γ/√(σ² + ε)·(dy − dβ/n − x̂·dγ/n)`, with the
/// sums of all ranks (Ioffe and Szegedy, 2015). Defaults: momentum 0.99, ε 1e-3.
///
///     model.add(BatchNormalization())
public final class BatchNormalization: Layer {
    public var name: String
    @Configured public private(set) var axis: Int
    @Configured public private(set) var momentum: Double
    @Configured public private(set) var epsilon: Double
    @Configured public private(set) var center: Bool
    @Configured public private(set) var scale: Bool
    @Configured public private(set) var betaInitializer: Initializer
    @Configured public private(set) var gammaInitializer: Initializer
    @Configured public private(set) var movingMeanInitializer: Initializer
    @Configured public private(set) var movingVarianceInitializer: Initializer
    public private(set) var gamma: Parameter?
    public private(set) var beta: Parameter?
    public private(set) var movingMean: Parameter!
    public private(set) var movingVariance: Parameter!
    /// How many values of a feature a row has.
    private var positions = 1

    /// - Parameter axis: the dimension of the features, counted with the batch's; it must be the last.
    public init(
        axis: Int = -1, momentum: Double = 0.99, epsilon: Double = 1e-3, center: Bool = true, scale: Bool = true,
        betaInitializer: Initializer = .zeros, gammaInitializer: Initializer = .ones, movingMeanInitializer: Initializer = .zeros,
        movingVarianceInitializer: Initializer = .ones, name: String = ""
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
        self.name = name
    }

    public var sumsInParts: Bool { true }
    public static var fixedArguments: [String: ConfigurationValue] { ["synchronized": false, "renorm": false] }

    public static func modernize(_ arguments: inout [String: ConfigurationValue]) {
        // Keras 2 wrote the axis as a list, and the momentum of a renormalization that was not done.
        if let axes = arguments["axis"]?.list, axes.count == 1 { arguments["axis"] = axes[0] }
        arguments["renorm_momentum"] = nil
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func build(_ inputs: [Shape], _ parameters: inout ParameterList) throws(LayerError) -> Shape {
        let input = try single(inputs)
        guard let features = input.last else { throw .input(layer: name, requirement: "have a dimension of features", received: input) }
        guard axis == -1 || axis == input.rank else {
            throw .argument(layer: name, name: "axis", requirement: "the last, -1 or \(input.rank)", received: "\(axis)")
        }
        guard momentum >= 0, momentum <= 1 else {
            throw .argument(layer: name, name: "momentum", requirement: "from 0 to 1", received: "\(momentum)")
        }
        guard epsilon > 0 else { throw .argument(layer: name, name: "epsilon", requirement: "positive", received: "\(epsilon)") }
        positions = input.count / features
        gamma = scale ? try parameters.add("gamma", [features], gammaInitializer, keeping: gamma) : nil
        beta = center ? try parameters.add("beta", [features], betaInitializer, keeping: beta) : nil
        movingMean = try parameters.add("moving_mean", [features], movingMeanInitializer, isTrainable: false, keeping: movingMean)
        movingVariance = try parameters.add(
            "moving_variance", [features], movingVarianceInitializer, isTrainable: false, keeping: movingVariance)
        return input
    }

    public func memory(_ inputs: [Shape], output: Shape, training: Bool) -> LayerMemory {
        let features = movingMean.shape.count
        return LayerMemory(
            keepsInput: true, caches: [[2, features]] + Array(repeating: [features], count: 6),
            sums: training ? [features, 2 * features] : [])
    }

    /// One value each for each feature.
    private struct Caches {
        /// Sums over the positions, for backward two.
        let sums: Tensor
        /// μ, σ², 1/√(σ² + ε).
        let mean, variance, inverse: Tensor
        /// What the affine functions of forward and backward take.
        let a, b, c: Tensor

        init(_ tensors: [Tensor]) {
            sums = tensors[0]
            (mean, variance, inverse) = (tensors[1], tensors[2], tensors[3])
            (a, b, c) = (tensors[4], tensors[5], tensors[6])
        }
    }

    public func forward(_ pass: Forward) {
        let caches = Caches(pass.caches)
        if pass.training { takeStatistics(pass, caches) }
        for feature in 0..<movingMean.shape.count {
            if !pass.training {
                caches.mean[feature] = movingMean.value[feature]
                caches.inverse[feature] = 1 / (movingVariance.value[feature] + Float(epsilon)).squareRoot()
            }
            caches.a[feature] = caches.inverse[feature] * (gamma?.value[feature] ?? 1)
            caches.c[feature] = (beta?.value[feature] ?? 0) - caches.mean[feature] * caches.a[feature]
        }
        affineColumns(pass.input, caches.a, caches.c, into: pass.output, on: pass.crew)
    }

    /// μ and σ² of the global batch, the second from deviations: two exchanges, and no difference of large sums.
    ///
    /// Collective.
    private func takeStatistics(_ pass: Forward, _ caches: Caches) {
        let count = count(pass.input, pass.context)
        columnSums(pass.input, by: pass.sums, into: pass.sumsOverRows[0], on: pass.crew)
        pass.context.batch.sum(pass.sumsOverRows[0], into: caches.mean, on: pass.crew)
        for feature in 0..<caches.mean.count { caches.mean[feature] /= count }
        columnSquares(pass.input, center: caches.mean, by: pass.sums, into: pass.sumsOverRows[0], on: pass.crew)
        pass.context.batch.sum(pass.sumsOverRows[0], into: caches.variance, on: pass.crew)
        let (kept, rest) = (Float(momentum), Float(1 - momentum))
        for feature in 0..<caches.mean.count {
            let variance = caches.variance[feature] / count
            caches.inverse[feature] = 1 / (variance + Float(epsilon)).squareRoot()
            movingMean.gradient[feature] = movingMean.value[feature] * kept + caches.mean[feature] * rest
            movingVariance.gradient[feature] = movingVariance.value[feature] * kept + variance * rest
        }
    }

    /// How many values of a feature the global batch has.
    private func count(_ x: Tensor, _ context: StepContext) -> Float {
        Float(max((context.batchRows ?? x.rowCount) * positions, 1))
    }

    public func backward(_ pass: Backward) {
        let caches = Caches(pass.caches)
        let dy = pass.outputGradient
        let features = caches.mean.count
        let sums = pass.sumsOverRows[1]
        columnProducts(pass.input, center: caches.mean, dy, by: pass.sums, into: sums, on: pass.crew)
        // Before they are added to others', so that it does not matter who adds them.
        for leaf in 0..<pass.sums.leaves {
            for feature in 0..<features { sums[(2 * leaf + 1) * features + feature] *= caches.inverse[feature] }
        }
        var first = 0
        for (index, part) in pass.sums.parts.enumerated() {
            addLeaves(sums, first: first, leaves: part.leaves, into: caches.sums, on: pass.crew)
            first += part.leaves
            for feature in 0..<features {
                beta?.gradients[index][feature] = caches.sums[feature]
                gamma?.gradients[index][feature] = caches.sums[features + feature]
            }
        }
        guard let dx = pass.inputGradient else { return }
        pass.context.batch.sum(sums, into: caches.sums, on: pass.crew)
        // dx as a function of dy and x, feature by feature: a·dy + b·x + c.
        let count = count(pass.input, pass.context)
        for feature in 0..<features {
            let inverse = caches.inverse[feature]
            let b = -caches.a[feature] * inverse * caches.sums[features + feature] / count
            caches.b[feature] = b
            caches.c[feature] = -caches.a[feature] * caches.sums[feature] / count - b * caches.mean[feature]
        }
        affineColumns(dy, caches.a, plus: (pass.input, caches.b), caches.c, into: dx, on: pass.crew)
    }
}
