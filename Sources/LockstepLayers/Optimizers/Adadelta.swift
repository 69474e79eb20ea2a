import LockstepCompute

/// Takes steps of the size of the last ones (Zeiler, 2012): `a = ρ·a + (1 − ρ)·g²`, `d = √(x + ε) / √(a + ε) · g`, `x
/// = ρ·x + (1 − ρ)·d²`, `w −= lr·d`. The paper has a learning rate of 1.
public struct Adadelta: Optimizer {
    public let name = "adadelta"
    public var options: OptimizerOptions
    @Configured public private(set) var rho: Double
    @Configured public private(set) var epsilon: Double

    public init(
        learningRate: some LearningRateConvertible = 0.001, rho: Double = 0.95, epsilon: Double = 1e-7,
        weightDecay: Double? = nil,
        clipnorm: Double? = nil, clipvalue: Double? = nil, globalClipnorm: Double? = nil, useEma: Bool = false,
        emaMomentum: Double = 0.99, emaOverwriteFrequency: Int? = nil,
        gradientAccumulationSteps: Int? = nil
    ) {
        options = OptimizerOptions(
            learningRate: learningRate, weightDecay: weightDecay, clipnorm: clipnorm, clipvalue: clipvalue,
            globalClipnorm: globalClipnorm, useEma: useEma, emaMomentum: emaMomentum,
            emaOverwriteFrequency: emaOverwriteFrequency, gradientAccumulationSteps: gradientAccumulationSteps)
        self.rho = rho
        self.epsilon = epsilon
    }

    public var slotNames: [[String]] { [["accumulated_grad", "accumulated_delta_var"]] }

    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func validate() throws(LayerError) {
        try checkCommon()
        try check("rho", rho, 0...1)
        try check("epsilon", epsilon, 0...(.greatestFiniteMagnitude))
    }

    public func update(
        _ values: Tensor, gradients: Tensor, scale: Float, iteration: Int, slots: [Tensor], on crew: Crew
    ) {
        OptimizerStep.adadelta(square: slots[0], change: slots[1]).apply(
            rates: OptimizerRates(learningRate: learningRate, decay1: rho, epsilon: epsilon), scale: scale,
            gradient: gradients, values: values, on: crew)
    }
}

extension Optimizer where Self == Adadelta {
    public static var adadelta: Self { Adadelta() }
}
