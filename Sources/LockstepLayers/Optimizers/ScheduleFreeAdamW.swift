import LockstepCompute

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// AdamW that needs no schedule, because it averages its iterates (Defazio et al., 2024), in Keras's form. With the
/// iterate z and its average x, the weights are `w = (1 − β₁)·z + β₁·x`. In update t, `v += (1 − β₂)(g² − v)`,
/// `z −= lr·g / (√(v / (1 − β₂ᵗ)) + ε)`, `x += (z − x) / t`. In the first `warmupSteps` updates the learning rate
/// grows, `lr·t / warmupSteps`.
///
/// Keras's slot `momentum` is z, which begins as the weights. x is computed from w and z.
public struct ScheduleFreeAdamW: Optimizer {
    public let name = "schedulefreeadamw"
    public var options: OptimizerOptions
    @Configured("beta_1") public private(set) var beta1: Double
    @Configured("beta_2") public private(set) var beta2: Double
    @Configured public private(set) var epsilon: Double
    @Configured public private(set) var warmupSteps: Int

    public init(
        learningRate: some LearningRateConvertible = 0.0025, beta1: Double = 0.9, beta2: Double = 0.999,
        epsilon: Double = 1e-8, warmupSteps: Int = 0, weightDecay: Double? = nil,
        clipnorm: Double? = nil, clipvalue: Double? = nil, globalClipnorm: Double? = nil, useEma: Bool = false,
        emaMomentum: Double = 0.99, emaOverwriteFrequency: Int? = nil, gradientAccumulationSteps: Int? = nil
    ) {
        options = OptimizerOptions(
            learningRate: learningRate, weightDecay: weightDecay, clipnorm: clipnorm, clipvalue: clipvalue,
            globalClipnorm: globalClipnorm, useEma: useEma, emaMomentum: emaMomentum,
            emaOverwriteFrequency: emaOverwriteFrequency, gradientAccumulationSteps: gradientAccumulationSteps)
        self.epsilon = epsilon
        self.warmupSteps = warmupSteps
        self.beta1 = beta1
        self.beta2 = beta2
    }

    public var slotNames: [[String]] { [["momentum", "velocity"]] }
    public var weightSlots: [Int] { [0] }
    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func validate() throws(LayerError) {
        try checkCommon()
        try check("beta1", beta1, Double.leastNonzeroMagnitude...1)
        try check("beta2", beta2, 0...1.0.nextDown)
        try check("epsilon", epsilon, 0...(.greatestFiniteMagnitude))
        try check("warmupSteps", Double(warmupSteps), 0...(.greatestFiniteMagnitude))
    }

    public func update(
        _ values: Tensor, gradients: Tensor, scale: Float, iteration: Int, slots: [Tensor], on crew: Crew
    ) {
        let t = Double(iteration)
        let warmup = min(t / Double(max(warmupSteps, 1)), 1)
        // Keras rounds β₁ and β₂ before it subtracts them from 1.
        let (beta1, beta2) = (Double(Float(beta1)), Double(Float(beta2)))
        let factors = ScheduleFreeRates(weight: 1 / t, square: 1 / (1 - pow(beta2, t)))
        OptimizerStep.scheduleFree(factors, iterate: slots[0], square: slots[1]).apply(
            rates: OptimizerRates(
                learningRate: learningRate * warmup, decay1: beta1, decay2: beta2, epsilon: epsilon),
            scale: scale, gradient: gradients, values: values, on: crew)
    }
}

extension Optimizer where Self == ScheduleFreeAdamW {
    public static var scheduleFreeAdamW: Self { ScheduleFreeAdamW() }
}
