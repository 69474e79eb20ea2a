import LockstepCompute

/// How long the layers of a network take, added up over steps; for benchmarks.
package final class LayerTimes {
    /// Seconds, by node of the graph.
    package private(set) var forward: [Double]
    package private(set) var backward: [Double]
    private var last = 0.0
    /// Where spans go too, if anywhere.
    private let log: SpanLog?

    package init(nodes: Int, log: SpanLog? = nil) {
        self.log = log
        forward = Array(repeating: 0, count: nodes)
        backward = forward
    }

    func start() { last = monotonicSeconds() }

    func mark(_ node: Int, isForward: Bool) {
        let time = monotonicSeconds()
        if isForward { forward[node] += time - last } else { backward[node] += time - last }
        log?.add(isForward ? .forward : .backward, node, from: last, to: time)
        last = time
    }

    /// What follows until the next layer is not a layer's.
    func skip() { last = monotonicSeconds() }
}
