import LockstepCompute

/// `initial · decayRateˢ` with `s = step / decaySteps`, rounded down with `staircase`.
///
///     ExponentialDecay(0.1, decaySteps: 1000, decayRate: 0.96)
public struct ExponentialDecay: LearningRateSchedule {
    @Configured public private(set) var initialLearningRate: Double
    @Configured public private(set) var decaySteps: Int
    @Configured public private(set) var decayRate: Double
    @Configured public private(set) var staircase: Bool

    public init(_ initialLearningRate: Double, decaySteps: Int, decayRate: Double, staircase: Bool = false) {
        self.initialLearningRate = initialLearningRate
        self.decaySteps = decaySteps
        self.decayRate = decayRate
        self.staircase = staircase
    }

    public init(arguments: LayerArguments) throws(LayerError) {
        self.init(
            try arguments.value("initial_learning_rate"), decaySteps: try arguments.value("decay_steps"),
            decayRate: try arguments.value("decay_rate"))
    }

    public var ranges: [(argument: String, value: Double, range: ClosedRange<Double>)] {
        [
            ("initialLearningRate", initialLearningRate, 0...(.greatestFiniteMagnitude)),
            ("decaySteps", Double(decaySteps), 1...(.greatestFiniteMagnitude)),
            ("decayRate", decayRate, 0...(.greatestFiniteMagnitude)),
        ]
    }

    public func rate(step: Int) -> Double {
        let passed = Double(step) / Double(decaySteps)
        return initialLearningRate * power(decayRate, staircase ? passed.rounded(.down) : passed)
    }
}
