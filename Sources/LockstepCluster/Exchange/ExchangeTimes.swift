import LockstepCompute

/// What the time of an exchange goes to, for whoever measures it.
public protocol ExchangeTimes: AnyObject {
    /// An activity of the rank's main thread took from `start` until now.
    func add(_ activity: ExchangeActivity, bucket: Int, since start: Double)
}

public enum ExchangeActivity: Sendable {
    /// Summing out of neighbours' memory.
    case sum
    /// Moving values.
    case update
    /// For neighbours that have not come so far.
    case wait
    /// For messages between nodes.
    case wire
}
