import LockstepCompute

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Adam with the largest gradient in place of the root mean square (Kingma and Ba, 2015): `m += (1 − β₁)(g − m)`, `u
/// = max(β₂·u, |g|)`, `w −= lr/(1 − β₁ᵗ) · m / (u + ε)`.
public struct Adamax: Optimizer {
    public let name = "adamax"
    public var options: OptimizerOptions
    @Configured("beta_1") public private(set) var beta1: Double
    @Configured("beta_2") public private(set) var beta2: Double
    @Configured public private(set) var epsilon: Double

    public init(
        learningRate: some LearningRateConvertible = 0.001, beta1: Double = 0.9, beta2: Double = 0.999,
        epsilon: Double = 1e-7, weightDecay: Double? = nil,
        clipnorm: Double? = nil, clipvalue: Double? = nil, globalClipnorm: Double? = nil, useEma: Bool = false,
        emaMomentum: Double = 0.99, emaOverwriteFrequency: Int? = nil,
        gradientAccumulationSteps: Int? = nil
    ) {
        options = OptimizerOptions(
            learningRate: learningRate, weightDecay: weightDecay, clipnorm: clipnorm, clipvalue: clipvalue,
            globalClipnorm: globalClipnorm, useEma: useEma, emaMomentum: emaMomentum,
            emaOverwriteFrequency: emaOverwriteFrequency, gradientAccumulationSteps: gradientAccumulationSteps)
        self.epsilon = epsilon
        self.beta1 = beta1
        self.beta2 = beta2
    }

    public var slotNames: [[String]] { [["momentum", "norm"]] }

    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func validate() throws(LayerError) {
        try checkCommon()
        try check("beta1", beta1, 0...1.0.nextDown)
        try check("beta2", beta2, 0...1.0.nextDown)
        try check("epsilon", epsilon, 0...(.greatestFiniteMagnitude))
    }

    public func update(
        _ values: Tensor, gradients: Tensor, scale: Float, iteration: Int, slots: [Tensor], on crew: Crew
    ) {
        let corrected = learningRate / (1 - pow(beta1, Double(iteration)))
        OptimizerStep.adamax(mean: slots[0], norm: slots[1]).apply(
            rates: OptimizerRates(learningRate: corrected, decay1: beta1, decay2: beta2, epsilon: epsilon),
            scale: scale, gradient: gradients, values: values, on: crew)
    }
}

extension Optimizer where Self == Adamax {
    public static var adamax: Self { Adamax() }
}
