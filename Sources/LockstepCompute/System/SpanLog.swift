/// A log of what a rank did and when, for a timeline.
///
/// It holds the spans of the first steps only, because a timeline of hours is of no use.
package final class SpanLog {
    package enum Activity: UInt8, CaseIterable, Sendable {
        case step, input, forward, loss, backward, sum, update, wait, wire
    }

    package struct Span: Sendable {
        package let activity: Activity
        /// The layer, the bucket, or the step.
        package let index: Int32
        /// Seconds of this machine's clock.
        package let start, end: Double
    }

    package private(set) var spans: [Span] = []
    private let capacity: Int
    /// Whether there were more spans than it can hold.
    package private(set) var isFull = false

    package init(capacity: Int = 200_000) {
        self.capacity = capacity
        spans.reserveCapacity(capacity)
    }

    package func add(_ activity: Activity, _ index: Int, from start: Double, to end: Double) {
        guard spans.count < capacity else {
            isFull = true
            return
        }
        spans.append(Span(activity: activity, index: Int32(truncatingIfNeeded: index), start: start, end: end))
    }
}
