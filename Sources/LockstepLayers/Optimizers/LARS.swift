import LockstepCompute

/// Stochastic gradient descent whose rate for each weight follows from the norms of the weight and of its gradient (You
/// et al., 2017), for large batches: `λ = η·‖w‖ / (‖g‖ + β·‖w‖)`, `m = μ·m + lr·λ·(g + β·w)`, `w −= m`. η is the
/// `trustCoefficient`, β the `weightDecay`, and μ the momentum. λ is 1 if one of the norms is 0.
///
/// Keras does not have it. In Keras's files it is `lockstep>LARS`, which Keras loads only if a class is registered
/// under that name; a warning says so.
public struct LARS: Optimizer {
    public static var isInKeras: Bool { false }
    public let name = "lars"
    public var options: OptimizerOptions
    @Configured public private(set) var momentum: Double
    @Configured public private(set) var trustCoefficient: Double

    public init(
        learningRate: some LearningRateConvertible = 0.01, momentum: Double = 0.9, trustCoefficient: Double = 0.001,
        weightDecay: Double? = nil,
        clipnorm: Double? = nil, clipvalue: Double? = nil, globalClipnorm: Double? = nil, useEma: Bool = false,
        emaMomentum: Double = 0.99, emaOverwriteFrequency: Int? = nil,
        gradientAccumulationSteps: Int? = nil
    ) {
        options = OptimizerOptions(
            learningRate: learningRate, weightDecay: weightDecay, clipnorm: clipnorm, clipvalue: clipvalue,
            globalClipnorm: globalClipnorm, useEma: useEma, emaMomentum: emaMomentum,
            emaOverwriteFrequency: emaOverwriteFrequency, gradientAccumulationSteps: gradientAccumulationSteps)
        self.momentum = momentum
        self.trustCoefficient = trustCoefficient
    }

    public var scope: UpdateScope { .norms }
    public var decaysInUpdate: Bool { true }
    public var slotNames: [[String]] { momentum > 0 ? [["momentum"]] : [] }

    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func validate() throws(LayerError) {
        try checkCommon()
        try check("momentum", momentum, 0...1)
        try check("trustCoefficient", trustCoefficient, 0...(.greatestFiniteMagnitude))
    }

    public func prepare(
        _ values: Tensor, gradients: Tensor, scale: Float, iteration: Int, slots: [Tensor], on crew: Crew
    ) {
        LockstepCompute.scale(gradients, by: scale, into: gradients, on: crew)
    }

    public func ratio(values: Double, gradients: Double, decay: Double) -> Double {
        values > 0 && gradients > 0 ? trustCoefficient * values / (gradients + decay * values) : 1
    }

    public func finish(
        _ values: Tensor, gradients: Tensor, ratio: Double, decay: Double, slots: [Tensor], on crew: Crew
    ) {
        if decay > 0 { GradientTerms(scale: 1, l2: Float(decay / 2)).apply(to: gradients, of: values, on: crew) }
        OptimizerStep.sgd(velocity: slots.first, nesterov: false).apply(
            rates: OptimizerRates(learningRate: learningRate, momentum: momentum), scale: Float(ratio),
            gradient: gradients, values: values, on: crew)
    }
}

extension Optimizer where Self == LARS {
    public static var lars: Self { LARS() }
}
