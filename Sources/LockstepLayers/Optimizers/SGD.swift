import LockstepCompute

/// Stochastic gradient descent: `w −= lr·g`; with momentum μ: `m = μ·m − lr·g`, `w += m`, Nesterov `w += μ·m − lr·g`.
public struct SGD: Optimizer {
    public let name = "sgd"
    @Configured public var learningRate: Double
    @Configured public private(set) var momentum: Double
    @Configured public private(set) var nesterov: Bool
    @Configured public private(set) var gradientAccumulationSteps: Int?

    public init(learningRate: Double = 0.01, momentum: Double = 0, nesterov: Bool = false, gradientAccumulationSteps: Int? = nil) {
        self.learningRate = learningRate
        self.momentum = momentum
        self.nesterov = nesterov
        self.gradientAccumulationSteps = gradientAccumulationSteps
    }

    public var slotNames: [[String]] { momentum > 0 ? [["momentum"]] : [] }

    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

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
