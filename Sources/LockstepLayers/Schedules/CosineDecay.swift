import LockstepCompute

/// Decays from the initial rate to `alpha` times that rate along half a cosine:
/// `initial · ((1 − alpha) · ½(1 + cos(π·step/decaySteps)) + alpha)` (Loshchilov and Hutter, 2016). With a
/// `warmupTarget` the rate first goes from the initial rate to the target in `warmupSteps` equal steps, and decays from
/// there.
///
///     CosineDecay(0, decaySteps: 10_000, warmupTarget: 0.1, warmupSteps: 500)
public struct CosineDecay: LearningRateSchedule {
    @Configured public private(set) var initialLearningRate: Double
    @Configured public private(set) var decaySteps: Int
    @Configured public private(set) var alpha: Double
    @Configured public private(set) var warmupTarget: Double?
    @Configured public private(set) var warmupSteps: Int

    public init(
        _ initialLearningRate: Double, decaySteps: Int, alpha: Double = 0, warmupTarget: Double? = nil,
        warmupSteps: Int = 0
    ) {
        self.initialLearningRate = initialLearningRate
        self.decaySteps = decaySteps
        self.alpha = alpha
        self.warmupTarget = warmupTarget
        self.warmupSteps = warmupSteps
    }

    public init(arguments: LayerArguments) throws(LayerError) {
        self.init(try arguments.value("initial_learning_rate"), decaySteps: try arguments.value("decay_steps"))
    }

    public var ranges: [(argument: String, value: Double, range: ClosedRange<Double>)] {
        [
            ("initialLearningRate", initialLearningRate, 0...(.greatestFiniteMagnitude)),
            ("decaySteps", Double(decaySteps), 1...(.greatestFiniteMagnitude)),
            ("alpha", alpha, 0...(.greatestFiniteMagnitude)),
            ("warmupTarget", warmupTarget ?? 0, 0...(.greatestFiniteMagnitude)),
            ("warmupSteps", Double(warmupSteps), 0...(.greatestFiniteMagnitude)),
        ]
    }

    public func rate(step: Int) -> Double {
        let warmup = warmupTarget == nil ? 0 : warmupSteps
        let highest = warmupTarget ?? initialLearningRate
        if step < warmup {
            return initialLearningRate + (highest - initialLearningRate) * Double(step) / Double(warmup)
        }
        let passed = Double(min(step - warmup, decaySteps)) / Double(decaySteps)
        return highest * ((1 - alpha) * halfCosine(passed) + alpha)
    }
}
