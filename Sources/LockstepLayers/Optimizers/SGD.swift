import LockstepCompute

/// Stochastic gradient descent: `w −= lr·g`; with momentum μ: `m = μ·m − lr·g`, `w += m`, Nesterov `w += μ·m − lr·g`.
public struct SGD: Optimizer {
    public static let className = "SGD"
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

    public var slotNames: [[String]] { momentum > 0 ? [["momentum"]] : [] }
    public var configuration: [String: any ConfigurationConvertible] { ["momentum": momentum, "nesterov": nesterov] }

    public init(arguments: LayerArguments) throws(LayerError) {
        self.init(
            learningRate: try arguments.learningRate(default: 0.01), momentum: try arguments.value("momentum", default: 0),
            nesterov: try arguments.value("nesterov", default: false),
            gradientAccumulationSteps: try arguments.optional("gradient_accumulation_steps"))
    }

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
