import LockstepCompute
import LockstepGraph
import LockstepLayers

/// The measured parts of a training step.
package struct StepProfile {
    /// The first index of each layer's weights in the arena, ascending.
    package let starts: [Int]
    /// The number of elements of the arena.
    package let count: Int
    /// The number of sums of losses and metrics that travel with the gradients.
    package let totals: Int
    /// The optimizer's slots for each weight.
    package let slots: Int
    /// Seconds of input, forward and loss.
    package let forward: Double
    /// Seconds of each layer's backward.
    package let backward: [Double]
}

extension Model {
    /// The parts of a step since `measureSteps(layers: true)`; nil if no step was measured.
    package func stepProfile(_ times: (steps: StepTimes, layers: LayerTimes?)) -> StepProfile? {
        guard let runtime = existingRuntime, let layers = times.layers, times.steps.steps > 0 else { return nil }
        let steps = Double(times.steps.steps)
        let forward = (times.steps[.input] + times.steps[.forward]) / steps
        return StepProfile(
            starts: runtime.graph.gradientStarts, count: runtime.arena.gradients.count,
            totals: runtime.totals.values.count,
            slots: runtime.compilation?.slotCount ?? 0, forward: forward,
            backward: layers.backward.map { $0 / steps })
    }
}
