import LockstepCompute

/// How long the layers of a network take, added up over steps; for benchmarks.
package final class LayerTimes {
    /// Seconds, by layer call.
    package private(set) var forward: [Double]
    package private(set) var backward: [Double]
    private var last = 0.0
    /// Where spans go too, if anywhere.
    private let log: SpanLog?

    package init(calls: Int, log: SpanLog? = nil) {
        self.log = log
        forward = Array(repeating: 0, count: calls)
        backward = forward
    }

    func start() { last = monotonicSeconds() }

    func mark(_ call: Int, isForward: Bool) {
        let time = monotonicSeconds()
        if isForward { forward[call] += time - last } else { backward[call] += time - last }
        log?.add(isForward ? .forward : .backward, call, from: last, to: time)
        last = time
    }

    /// What follows until the next layer is not a layer's.
    func skip() { last = monotonicSeconds() }
}
