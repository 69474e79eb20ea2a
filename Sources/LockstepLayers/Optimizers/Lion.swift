import LockstepCompute

/// Steps of one size in the direction of a momentum (Chen et al., 2023): `w −= lr·sign(β₁·m + (1 − β₁)·g)`, `m = β₂·m
/// + (1 − β₂)·g`.
public struct Lion: Optimizer {
    public let name = "lion"
    public var options: OptimizerOptions
    @Configured("beta_1") public private(set) var beta1: Double
    @Configured("beta_2") public private(set) var beta2: Double

    public init(
        learningRate: some LearningRateConvertible = 0.001, beta1: Double = 0.9, beta2: Double = 0.99,
        weightDecay: Double? = nil,
        clipnorm: Double? = nil, clipvalue: Double? = nil, globalClipnorm: Double? = nil, useEma: Bool = false,
        emaMomentum: Double = 0.99, emaOverwriteFrequency: Int? = nil,
        gradientAccumulationSteps: Int? = nil
    ) {
        options = OptimizerOptions(
            learningRate: learningRate, weightDecay: weightDecay, clipnorm: clipnorm, clipvalue: clipvalue,
            globalClipnorm: globalClipnorm, useEma: useEma, emaMomentum: emaMomentum,
            emaOverwriteFrequency: emaOverwriteFrequency, gradientAccumulationSteps: gradientAccumulationSteps)
        self.beta1 = beta1
        self.beta2 = beta2
    }

    public var slotNames: [[String]] { [["momentum"]] }

    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func validate() throws(LayerError) {
        try checkCommon()
        try check("beta1", beta1, Double.leastNonzeroMagnitude...1)
        try check("beta2", beta2, 0...1)
    }

    public func update(
        _ values: Tensor, gradients: Tensor, scale: Float, iteration: Int, slots: [Tensor], on crew: Crew
    ) {
        OptimizerStep.lion(mean: slots[0]).apply(
            rates: OptimizerRates(learningRate: learningRate, decay1: beta1, decay2: beta2), scale: scale,
            gradient: gradients, values: values, on: crew)
    }
}

extension Optimizer where Self == Lion {
    public static var lion: Self { Lion() }
}
