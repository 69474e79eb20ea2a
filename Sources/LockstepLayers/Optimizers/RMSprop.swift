import LockstepCompute

/// Divides the gradient by its recent root mean square (Hinton): `v = ρ·v + (1 − ρ)·g²`, `w −= lr·g / √(v + ε)`.
/// `centered` uses the variance `v − mean²` instead of v. With momentum μ the change is `m = μ·m + lr·g / √(…)`.
public struct RMSprop: Optimizer {
    public let name = "rmsprop"
    public var options: OptimizerOptions
    @Configured public private(set) var rho: Double
    @Configured public private(set) var momentum: Double
    @Configured public private(set) var epsilon: Double
    @Configured public private(set) var centered: Bool

    public init(
        learningRate: some LearningRateConvertible = 0.001, rho: Double = 0.9, momentum: Double = 0,
        epsilon: Double = 1e-7,
        centered: Bool = false, weightDecay: Double? = nil,
        clipnorm: Double? = nil, clipvalue: Double? = nil, globalClipnorm: Double? = nil, useEma: Bool = false,
        emaMomentum: Double = 0.99, emaOverwriteFrequency: Int? = nil,
        gradientAccumulationSteps: Int? = nil
    ) {
        options = OptimizerOptions(
            learningRate: learningRate, weightDecay: weightDecay, clipnorm: clipnorm, clipvalue: clipvalue,
            globalClipnorm: globalClipnorm, useEma: useEma, emaMomentum: emaMomentum,
            emaOverwriteFrequency: emaOverwriteFrequency, gradientAccumulationSteps: gradientAccumulationSteps)
        self.rho = rho
        self.momentum = momentum
        self.epsilon = epsilon
        self.centered = centered
    }

    public var slotNames: [[String]] {
        [["velocity"]] + (momentum > 0 ? [["momentum"]] : []) + (centered ? [["average_gradient"]] : [])
    }

    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func validate() throws(LayerError) {
        try checkCommon()
        try check("rho", rho, 0...1)
        try check("momentum", momentum, 0...1)
        try check("epsilon", epsilon, 0...(.greatestFiniteMagnitude))
    }

    public func update(
        _ values: Tensor, gradients: Tensor, scale: Float, iteration: Int, slots: [Tensor], on crew: Crew
    ) {
        OptimizerStep.rmsprop(
            square: slots[0], mean: centered ? slots[slots.count - 1] : nil, velocity: momentum > 0 ? slots[1] : nil
        ).apply(
            rates: OptimizerRates(learningRate: learningRate, momentum: momentum, decay1: rho, epsilon: epsilon),
            scale: scale,
            gradient: gradients, values: values, on: crew)
    }
}

extension Optimizer where Self == RMSprop {
    public static var rmsprop: Self { RMSprop() }
}
