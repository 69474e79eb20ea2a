import LockstepCompute

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Adam (Kingma and Ba, 2015) in Keras's form: `m += (1 − β₁)(g − m)`, `v += (1 − β₂)(g² − v)`,
/// `w −= lr·√(1 − β₂ᵗ)/(1 − β₁ᵗ) · m / (√v + ε)`. AMSGrad uses the largest v so far instead of v.
public struct Adam: Optimizer, ArgumentGroup {
    public let name = "adam"
    public var options: OptimizerOptions
    @Configured("beta_1") public private(set) var beta1: Double
    @Configured("beta_2") public private(set) var beta2: Double
    @Configured public private(set) var epsilon: Double
    @Configured public private(set) var amsgrad: Bool

    public init(
        learningRate: some LearningRateConvertible = 0.001, beta1: Double = 0.9, beta2: Double = 0.999,
        epsilon: Double = 1e-7,
        amsgrad: Bool = false, weightDecay: Double? = nil,
        clipnorm: Double? = nil, clipvalue: Double? = nil, globalClipnorm: Double? = nil, useEma: Bool = false,
        emaMomentum: Double = 0.99, emaOverwriteFrequency: Int? = nil,
        gradientAccumulationSteps: Int? = nil
    ) {
        options = OptimizerOptions(
            learningRate: learningRate, weightDecay: weightDecay, clipnorm: clipnorm, clipvalue: clipvalue,
            globalClipnorm: globalClipnorm, useEma: useEma, emaMomentum: emaMomentum,
            emaOverwriteFrequency: emaOverwriteFrequency, gradientAccumulationSteps: gradientAccumulationSteps)
        self.epsilon = epsilon
        self.amsgrad = amsgrad
        self.beta1 = beta1
        self.beta2 = beta2
    }

    public var slotNames: [[String]] { [["momentum", "velocity"]] + (amsgrad ? [["velocity_hat"]] : []) }

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
        let t = Double(iteration)
        let corrected = learningRate * (1 - pow(beta2, t)).squareRoot() / (1 - pow(beta1, t))
        OptimizerStep.adam(mean: slots[0], square: slots[1], largestSquare: amsgrad ? slots[2] : nil).apply(
            rates: OptimizerRates(learningRate: corrected, decay1: beta1, decay2: beta2, epsilon: epsilon),
            scale: scale,
            gradient: gradients, values: values, on: crew)
    }
}

extension Optimizer where Self == Adam {
    public static var adam: Self { Adam() }
}
