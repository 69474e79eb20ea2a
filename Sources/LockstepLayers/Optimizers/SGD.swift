import LockstepCompute

/// Stochastic gradient descent: `w −= lr·g`; with momentum μ: `m = μ·m − lr·g`, `w += m`, Nesterov `w += μ·m − lr·g`.
public struct SGD: Optimizer {
    public let name = "sgd"
    public var learningRate: Double
    public let momentum: Double
    public let nesterov: Bool
    public let gradientAccumulationSteps: Int?

    public init(learningRate: Double = 0.01, momentum: Double = 0, nesterov: Bool = false, gradientAccumulationSteps: Int? = nil) {
        self.learningRate = learningRate
        self.momentum = momentum
        self.nesterov = nesterov
        self.gradientAccumulationSteps = gradientAccumulationSteps
    }

    public var slotCount: Int { momentum > 0 ? 1 : 0 }

    public func validate() throws(LayerError) {
        try checkCommon()
        try check("momentum", momentum, 0...1)
    }

    public func update(_ values: Tensor, gradients: Tensor, scale: Float, iteration: Int, slots: [Tensor], on crew: Crew) {
        OptimizerStep.sgd(velocity: slots.first, nesterov: nesterov).apply(
            rates: OptimizerRates(learningRate: learningRate, momentum: momentum), scale: scale, gradient: gradients, values: values,
            on: crew)
    }
}

extension Optimizer where Self == SGD {
    public static var sgd: Self { SGD() }
}
