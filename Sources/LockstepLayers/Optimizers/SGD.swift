import LockstepCompute

/// Stochastic gradient descent: `w −= lr·g`. With momentum μ: `m = μ·m − lr·g`, `w += m`. Nesterov: `w += μ·m − lr·g`.
public struct SGD: Optimizer {
    public let name = "sgd"
    public var options: OptimizerOptions
    @Configured public private(set) var momentum: Double
    @Configured public private(set) var nesterov: Bool

    public init(
        learningRate: some LearningRateConvertible = 0.01, momentum: Double = 0, nesterov: Bool = false,
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
        self.nesterov = nesterov
    }

    public var slotNames: [[String]] { momentum > 0 ? [["momentum"]] : [] }

    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func validate() throws(LayerError) {
        try checkCommon()
        try check("momentum", momentum, 0...1)
    }

    public func update(
        _ values: Tensor, gradients: Tensor, scale: Float, iteration: Int, slots: [Tensor], on crew: Crew
    ) {
        OptimizerStep.sgd(velocity: slots.first, nesterov: nesterov).apply(
            rates: OptimizerRates(learningRate: learningRate, momentum: momentum), scale: scale, gradient: gradients,
            values: values,
            on: crew)
    }
}

extension Optimizer where Self == SGD {
    public static var sgd: Self { SGD() }
}
