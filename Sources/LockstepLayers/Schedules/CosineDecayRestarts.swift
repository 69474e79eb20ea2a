import LockstepCompute

/// A `CosineDecay` that starts again each time it ends. Each period is `tMul` times as long as the period before, and
/// begins with `mMul` times the rate at which that one began (Loshchilov and Hutter, 2016).
///
///     CosineDecayRestarts(0.1, firstDecaySteps: 1000)
public struct CosineDecayRestarts: LearningRateSchedule {
    @Configured public private(set) var initialLearningRate: Double
    @Configured public private(set) var firstDecaySteps: Int
    @Configured public private(set) var tMul: Double
    @Configured public private(set) var mMul: Double
    @Configured public private(set) var alpha: Double

    public init(
        _ initialLearningRate: Double, firstDecaySteps: Int, tMul: Double = 2, mMul: Double = 1, alpha: Double = 0
    ) {
        self.initialLearningRate = initialLearningRate
        self.firstDecaySteps = firstDecaySteps
        self.tMul = tMul
        self.mMul = mMul
        self.alpha = alpha
    }

    public static var defaultName: String { "SGDRDecay" }

    public init(arguments: LayerArguments) throws(LayerError) {
        self.init(
            try arguments.value("initial_learning_rate"), firstDecaySteps: try arguments.value("first_decay_steps"))
    }

    public var ranges: [(argument: String, value: Double, range: ClosedRange<Double>)] {
        [
            ("initialLearningRate", initialLearningRate, 0...(.greatestFiniteMagnitude)),
            ("firstDecaySteps", Double(firstDecaySteps), 1...(.greatestFiniteMagnitude)),
            ("tMul", tMul, 1...(.greatestFiniteMagnitude)), ("mMul", mMul, 0...(.greatestFiniteMagnitude)),
            ("alpha", alpha, 0...(.greatestFiniteMagnitude)),
        ]
    }

    public func rate(step: Int) -> Double {
        let (restarts, passed) = period(of: Double(step) / Double(firstDecaySteps))
        return initialLearningRate * ((1 - alpha) * power(mMul, restarts) * halfCosine(passed) + alpha)
    }

    /// The number of restarts before a time, and the part of the current period that has passed. The unit of time is
    /// the length of the first period.
    private func period(of time: Double) -> (restarts: Double, passed: Double) {
        guard tMul > 1 else { return (time.rounded(.down), time - time.rounded(.down)) }
        // Period n begins at (1 − tⁿ)/(1 − t). A logarithm's rounding may miss it by one.
        func start(_ restarts: Double) -> Double { (1 - power(tMul, restarts)) / (1 - tMul) }
        var restarts = logarithm(1 - time * (1 - tMul), base: tMul).rounded()
        if start(restarts) > time { restarts -= 1 }
        return (restarts, (time - start(restarts)) / power(tMul, restarts))
    }
}
