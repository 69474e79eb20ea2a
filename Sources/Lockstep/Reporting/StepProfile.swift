import LockstepCompute
import LockstepGraph
import LockstepLayers

/// What a training step was made of, as measured.
package struct StepProfile {
    /// Where the parameters of each layer begin in the arena, ascending.
    package let starts: [Int]
    /// Elements of the arena.
    package let count: Int
    /// How many sums of loss and metrics travel with the gradients.
    package let totals: Int
    /// Values that the optimizer remembers of each parameter.
    package let slots: Int
    /// Seconds of input, forward and loss.
    package let forward: Double
    /// Seconds of each layer's backward.
    package let backward: [Double]
}

extension Model {
    /// What a step was made of since `measureSteps(layers: true)`; nil before a step was measured.
    package func stepProfile(_ times: (steps: StepTimes, layers: LayerTimes?)) -> StepProfile? {
        guard let runtime = existingRuntime, let layers = times.layers, times.steps.steps > 0 else { return nil }
        let steps = Double(times.steps.steps)
        let forward = (times.steps[.input] + times.steps[.forward]) / steps
        return StepProfile(
            starts: runtime.graph.gradientStarts, count: runtime.arena.gradients.count,
            totals: runtime.totals.values.count,
            slots: runtime.compilation?.optimizer.slotCount ?? 0, forward: forward,
            backward: layers.backward.map { $0 / steps })
    }
}
