import LockstepCompute

/// Adam whose weights decay apart from the gradient (Loshchilov and Hutter, 2017): `w −= lr·weightDecay·w`, then as
/// `Adam`. It differs from `Adam(weightDecay:)` only in its defaults.
public struct AdamW: Optimizer {
    public let name = "adamw"
    private var adam: Adam

    public init(
        learningRate: some LearningRateConvertible = 0.001, weightDecay: Double = 0.004, beta1: Double = 0.9,
        beta2: Double = 0.999, epsilon: Double = 1e-7, amsgrad: Bool = false, clipnorm: Double? = nil,
        clipvalue: Double? = nil, globalClipnorm: Double? = nil, useEma: Bool = false, emaMomentum: Double = 0.99,
        emaOverwriteFrequency: Int? = nil, gradientAccumulationSteps: Int? = nil
    ) {
        adam = Adam(
            learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon, amsgrad: amsgrad,
            weightDecay: weightDecay, clipnorm: clipnorm, clipvalue: clipvalue, globalClipnorm: globalClipnorm,
            useEma: useEma, emaMomentum: emaMomentum, emaOverwriteFrequency: emaOverwriteFrequency,
            gradientAccumulationSteps: gradientAccumulationSteps)
    }

    public var options: OptimizerOptions {
        get { adam.options }
        set { adam.options = newValue }
    }
    public var slotNames: [[String]] { adam.slotNames }
    public init(arguments: LayerArguments) throws(LayerError) { self.init() }
    public func validate() throws(LayerError) { try adam.validate() }

    public func update(
        _ values: Tensor, gradients: Tensor, scale: Float, iteration: Int, slots: [Tensor], on crew: Crew
    ) {
        adam.update(values, gradients: gradients, scale: scale, iteration: iteration, slots: slots, on: crew)
    }
}

extension Optimizer where Self == AdamW {
    public static var adamW: Self { AdamW() }
}
