import LockstepCompute

/// Divides the gradient by the root of the sum of all its squares (Duchi et al., 2011): `a += g²`, `w −= lr·g / √(a +
/// ε)`.
public struct Adagrad: Optimizer {
    public let name = "adagrad"
    public var options: OptimizerOptions
    @Configured public private(set) var initialAccumulatorValue: Double
    @Configured public private(set) var epsilon: Double

    public init(
        learningRate: some LearningRateConvertible = 0.001, initialAccumulatorValue: Double = 0.1,
        epsilon: Double = 1e-7, weightDecay: Double? = nil,
        clipnorm: Double? = nil, clipvalue: Double? = nil, globalClipnorm: Double? = nil, useEma: Bool = false,
        emaMomentum: Double = 0.99, emaOverwriteFrequency: Int? = nil,
        gradientAccumulationSteps: Int? = nil
    ) {
        options = OptimizerOptions(
            learningRate: learningRate, weightDecay: weightDecay, clipnorm: clipnorm, clipvalue: clipvalue,
            globalClipnorm: globalClipnorm, useEma: useEma, emaMomentum: emaMomentum,
            emaOverwriteFrequency: emaOverwriteFrequency, gradientAccumulationSteps: gradientAccumulationSteps)
        self.initialAccumulatorValue = initialAccumulatorValue
        self.epsilon = epsilon
    }

    public var slotNames: [[String]] { [["accumulator"]] }
    public var initialSlots: [Float] { [Float(initialAccumulatorValue)] }

    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func validate() throws(LayerError) {
        try checkCommon()
        try check("initialAccumulatorValue", initialAccumulatorValue, 0...(.greatestFiniteMagnitude))
        try check("epsilon", epsilon, 0...(.greatestFiniteMagnitude))
    }

    public func update(
        _ values: Tensor, gradients: Tensor, scale: Float, iteration: Int, slots: [Tensor], on crew: Crew
    ) {
        OptimizerStep.adagrad(sum: slots[0]).apply(
            rates: OptimizerRates(learningRate: learningRate, epsilon: epsilon), scale: scale, gradient: gradients,
            values: values, on: crew)
    }
}

extension Optimizer where Self == Adagrad {
    public static var adagrad: Self { Adagrad() }
}
