import LockstepCompute

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Adam whose step for each weight is as long as the weight (You et al., 2019), for large batches: `m += (1 − β₁)(g −
/// m)`, `v += (1 − β₂)(g² − v)`, `u = m/(1 − β₁ᵗ) / (√(v/(1 − β₂ᵗ)) + ε)`, `w −= lr·‖w‖/‖u‖·u`. The ratio of the norms
/// is 1 if one of them is 0.
public struct Lamb: Optimizer {
    public let name = "lamb"
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

    public var scope: UpdateScope { .norms }
    public var slotNames: [[String]] { [["momentum", "velocity"]] }

    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func validate() throws(LayerError) {
        try checkCommon()
        try check("beta1", beta1, 0...1.0.nextDown)
        try check("beta2", beta2, 0...1.0.nextDown)
        try check("epsilon", epsilon, 0...(.greatestFiniteMagnitude))
    }

    public func prepare(
        _ values: Tensor, gradients: Tensor, scale: Float, iteration: Int, slots: [Tensor], on crew: Crew
    ) {
        let t = Double(iteration)
        LambDirection(
            OptimizerRates(learningRate: learningRate, decay1: beta1, decay2: beta2, epsilon: epsilon),
            mean: 1 / (1 - pow(beta1, t)), square: 1 / (1 - pow(beta2, t))
        ).apply(to: gradients, scale: scale, mean: slots[0], square: slots[1], on: crew)
    }

    public func ratio(values: Double, gradients: Double, decay: Double) -> Double {
        values > 0 && gradients > 0 ? values / gradients : 1
    }

    public func finish(
        _ values: Tensor, gradients: Tensor, ratio: Double, decay: Double, slots: [Tensor], on crew: Crew
    ) {
        OptimizerStep.sgd(velocity: nil, nesterov: false).apply(
            rates: OptimizerRates(learningRate: learningRate), scale: Float(ratio), gradient: gradients, values: values,
            on: crew)
    }
}

extension Optimizer where Self == Lamb {
    public static var lamb: Self { Lamb() }
}
