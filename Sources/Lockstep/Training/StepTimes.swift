import LockstepCompute
import LockstepLayers

/// How long the parts of a training step take, added up over steps; for benchmarks.
package final class StepTimes {
    package enum Part: Int, CaseIterable, Sendable { case input, forward, backward, exchange, update }

    /// Seconds.
    private var seconds = [Double](repeating: 0, count: Part.allCases.count)
    package private(set) var steps = 0
    private var last = 0.0

    package init() {}

    package subscript(part: Part) -> Double { seconds[part.rawValue] }

    func start() { last = monotonicSeconds() }

    /// What has passed since the last mark belongs to a part.
    func mark(_ part: Part) {
        let time = monotonicSeconds()
        seconds[part.rawValue] += time - last
        last = time
        if part == .update { steps += 1 }
    }
}

extension Model {
    /// Measures the steps from now on, and the layers if asked; the model must have trained since it was compiled.
    package func measureSteps(layers: Bool) -> (steps: StepTimes, layers: LayerTimes?)? {
        guard let runtime = existingRuntime else { return nil }
        let times = StepTimes()
        runtime.times = times
        runtime.network.times = layers ? LayerTimes(nodes: runtime.network.graph.nodes.count) : nil
        return (times, runtime.network.times)
    }
}
