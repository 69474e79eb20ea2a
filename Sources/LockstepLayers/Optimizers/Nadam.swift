import LockstepCompute

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Adam with Nesterov momentum (Dozat, 2016). With `uₜ = β₁·(1 − 0.5·0.96ᵗ)` and `Uₜ = u₁·…·uₜ`: `m += (1 − β₁)(g −
/// m)`, `v += (1 − β₂)(g² − v)`, `w −= lr · (uₜ₊₁·m/(1 − Uₜ₊₁) + (1 − uₜ)·g/(1 − Uₜ)) / (√(v/(1 − β₂ᵗ)) + ε)`.
public struct Nadam: Optimizer {
    public let name = "nadam"
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

    public var slotNames: [[String]] { [["momentum", "velocity"]] }

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
        let (now, next) = (momentum(iteration), momentum(iteration + 1))
        let product = momentumProduct(after: iteration)
        let rates = NadamRates(
            mean: next / (1 - product * next), gradient: (1 - now) / (1 - product),
            square: 1 / (1 - pow(beta2, Double(iteration))))
        OptimizerStep.nadam(rates, mean: slots[0], square: slots[1]).apply(
            rates: OptimizerRates(learningRate: learningRate, decay1: beta1, decay2: beta2, epsilon: epsilon),
            scale: scale, gradient: gradients, values: values, on: crew)
    }

    /// Keras counts the product of the momentums among its variables.
    public func scalars(iterations: Int) -> [(name: String, value: Float)] {
        [("u_product", Float(momentumProduct(after: iterations)))]
    }

    /// The momentum of an update.
    private func momentum(_ iteration: Int) -> Double { beta1 * (1 - 0.5 * pow(0.96, Double(iteration))) }

    /// The product of the momentums of the first updates. It falls at least as fast as β₁ᵗ, and ends at 0.
    private func momentumProduct(after iterations: Int) -> Double {
        var product = 1.0
        for iteration in 0..<iterations {
            product *= momentum(iteration + 1)
            if product < 1e-30 { return 0 }
        }
        return product
    }
}

extension Optimizer where Self == Nadam {
    public static var nadam: Self { Nadam() }
}
