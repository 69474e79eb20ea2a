import LockstepCompute

/// Follow the regularized leader (McMahan et al., 2013). With `p = −learningRatePower`: `z += g + 2·s·w − ((a + g²)ᵖ
/// − aᵖ)/lr · w`, `a += g²`, `w = (clip(z, ±l1) − z) / (aᵖ/lr + 2·l2 + β/lr)`.
public struct Ftrl: Optimizer {
    public let name = "ftrl"
    public var options: OptimizerOptions
    @Configured public private(set) var learningRatePower: Double
    @Configured public private(set) var initialAccumulatorValue: Double
    @Configured("l1_regularization_strength") public private(set) var l1: Double
    @Configured("l2_regularization_strength") public private(set) var l2: Double
    @Configured("l2_shrinkage_regularization_strength") public private(set) var l2Shrinkage: Double
    @Configured public private(set) var beta: Double

    public init(
        learningRate: some LearningRateConvertible = 0.001, learningRatePower: Double = -0.5,
        initialAccumulatorValue: Double = 0.1, l1: Double = 0, l2: Double = 0, l2Shrinkage: Double = 0,
        beta: Double = 0, weightDecay: Double? = nil,
        clipnorm: Double? = nil, clipvalue: Double? = nil, globalClipnorm: Double? = nil, useEma: Bool = false,
        emaMomentum: Double = 0.99, emaOverwriteFrequency: Int? = nil,
        gradientAccumulationSteps: Int? = nil
    ) {
        options = OptimizerOptions(
            learningRate: learningRate, weightDecay: weightDecay, clipnorm: clipnorm, clipvalue: clipvalue,
            globalClipnorm: globalClipnorm, useEma: useEma, emaMomentum: emaMomentum,
            emaOverwriteFrequency: emaOverwriteFrequency, gradientAccumulationSteps: gradientAccumulationSteps)
        self.learningRatePower = learningRatePower
        self.initialAccumulatorValue = initialAccumulatorValue
        self.beta = beta
        self.l1 = l1
        self.l2 = l2
        self.l2Shrinkage = l2Shrinkage
    }

    public var slotNames: [[String]] { [["accumulator", "linear"]] }
    public var initialSlots: [Float] { [Float(initialAccumulatorValue), 0] }

    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func validate() throws(LayerError) {
        try checkCommon()
        try check("learningRatePower", learningRatePower, -Double.greatestFiniteMagnitude...0)
        try check("initialAccumulatorValue", initialAccumulatorValue, 0...(.greatestFiniteMagnitude))
        try check("l1", l1, 0...(.greatestFiniteMagnitude))
        try check("l2", l2, 0...(.greatestFiniteMagnitude))
        try check("l2Shrinkage", l2Shrinkage, 0...(.greatestFiniteMagnitude))
        try check("beta", beta, 0...(.greatestFiniteMagnitude))
    }

    public func update(
        _ values: Tensor, gradients: Tensor, scale: Float, iteration: Int, slots: [Tensor], on crew: Crew
    ) {
        let rates = FtrlRates(
            learningRate: learningRate, power: -learningRatePower, l1: l1, l2: l2 + beta / (2 * learningRate),
            shrinkage: l2Shrinkage)
        OptimizerStep.ftrl(rates, sum: slots[0], linear: slots[1]).apply(
            rates: OptimizerRates(learningRate: learningRate), scale: scale, gradient: gradients, values: values,
            on: crew)
    }
}

extension Optimizer where Self == Ftrl {
    public static var ftrl: Self { Ftrl() }
}
