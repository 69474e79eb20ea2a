import LockstepCompute

/// Whether higher or lower values are better: Keras's `mode`.
public enum MonitorMode: String, Sendable {
    /// Lower losses; of metrics, what each says of itself (`MetricFunction.isBetterIfLarger`).
    case auto
    case min, max
}

/// The best value of a monitored quantity so far: Keras's `MonitorCallback`.
struct Monitor {
    let name: String
    private let mode: MonitorMode
    /// Known when the training begins.
    private var isLowerBetter = true
    private let minDelta: Double
    var best: Double?

    /// - Throws: `TrainingError.argument` for a change that is not finite.
    init(_ name: String, mode: MonitorMode, minDelta: Double = 0, best: Double? = nil) throws {
        guard minDelta.isFinite else {
            throw TrainingError.argument("minDelta", requirement: "finite", received: "\(minDelta)")
        }
        self.name = name
        self.minDelta = minDelta.magnitude
        self.best = best
        self.mode = mode
    }

    /// - Throws: `TrainingError.argument` if the quantity is not reported. Keras only warns, and then does nothing for
    ///   hours.
    func check(_ names: [String]) throws {
        guard names.contains(name) else {
            let known = names.map { "'\($0)'" }.joined(separator: ", ")
            throw TrainingError.argument("monitor", requirement: "one of \(known)", received: "'\(name)'")
        }
    }

    /// Finds out whether lower values are better in a training.
    mutating func begin(_ training: TrainingControl) {
        isLowerBetter = mode == .min || mode == .auto && !training.isBetterIfLarger(name)
    }

    /// The value of an epoch.
    func value(in logs: Scores) throws -> Double {
        try check(logs.names)
        return logs[name] ?? .nan
    }

    /// Whether a value is better than a reference by more than the least change. Any value is better than none.
    func isImprovement(_ value: Double, over reference: Double?) -> Bool {
        guard let reference else { return true }
        return isLowerBetter ? value + minDelta < reference : value - minDelta > reference
    }
}
