import LockstepCompute

/// Collects how long the activities of an exchange take.
package protocol ExchangeTimes: AnyObject {
    /// An activity of the rank's main thread took from `start` until now.
    func add(_ activity: ExchangeActivity, bucket: Int, since start: Double)
}

package enum ExchangeActivity: Sendable {
    /// Summing from the neighbours' memory.
    case sum
    /// Updating weights.
    case update
    /// Waiting for neighbours that are behind.
    case wait
    /// Moving messages between nodes, and waiting for them.
    case wire
}
