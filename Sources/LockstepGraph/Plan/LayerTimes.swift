import LockstepCompute

/// The time that each layer of a network takes, added up over steps, for benchmarks.
package final class LayerTimes {
    /// The layer calls: each layer's name, behind those of the models that it lies in.
    package let names: [String]
    /// Seconds, by layer call.
    package private(set) var forward: [Double]
    package private(set) var backward: [Double]
    private var last = 0.0
    /// Where spans go too, if anywhere.
    private let log: SpanLog?

    package init(_ names: [String], log: SpanLog? = nil) {
        self.log = log
        self.names = names
        forward = Array(repeating: 0, count: names.count)
        backward = forward
    }

    func start() { last = monotonicSeconds() }

    func mark(_ call: Int, isForward: Bool) {
        let time = monotonicSeconds()
        if isForward { forward[call] += time - last } else { backward[call] += time - last }
        log?.add(isForward ? .forward : .backward, call, from: last, to: time)
        last = time
    }

    /// The time from now to the next layer belongs to no layer.
    func skip() { last = monotonicSeconds() }
}
