import LockstepCompute

/// `(initial − end) · (1 − step / decaySteps)ᵖ + end` with the power p, and `end` from `decaySteps` on. With `cycle`
/// the decay goes on: `decaySteps` is replaced by its smallest positive multiple that is not below `step`.
///
///     PolynomialDecay(0.1, decaySteps: 10_000, endLearningRate: 0.01, power: 0.5)
public struct PolynomialDecay: LearningRateSchedule {
    @Configured public private(set) var initialLearningRate: Double
    @Configured public private(set) var decaySteps: Int
    @Configured public private(set) var endLearningRate: Double
    @Configured public private(set) var power: Double
    @Configured public private(set) var cycle: Bool

    public init(
        _ initialLearningRate: Double, decaySteps: Int, endLearningRate: Double = 0.0001, power: Double = 1,
        cycle: Bool = false
    ) {
        self.initialLearningRate = initialLearningRate
        self.decaySteps = decaySteps
        self.endLearningRate = endLearningRate
        self.power = power
        self.cycle = cycle
    }

    public init(arguments: LayerArguments) throws(LayerError) {
        self.init(try arguments.value("initial_learning_rate"), decaySteps: try arguments.value("decay_steps"))
    }

    public var ranges: [(argument: String, value: Double, range: ClosedRange<Double>)] {
        [
            ("initialLearningRate", initialLearningRate, 0...(.greatestFiniteMagnitude)),
            ("decaySteps", Double(decaySteps), 1...(.greatestFiniteMagnitude)),
            ("endLearningRate", endLearningRate, 0...(.greatestFiniteMagnitude)),
            ("power", power, 0...(.greatestFiniteMagnitude)),
        ]
    }

    public func rate(step: Int) -> Double {
        let cycles = cycle ? max((Double(step) / Double(decaySteps)).rounded(.up), 1) : 1
        let length = Double(decaySteps) * cycles
        let passed = min(Double(step), length) / length
        return (initialLearningRate - endLearningRate) * LockstepCompute.power(1 - passed, power) + endLearningRate
    }
}
