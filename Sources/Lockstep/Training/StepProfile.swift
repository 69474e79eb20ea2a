import LockstepCluster
import LockstepCompute
import LockstepLayers

extension Model {
    /// What a step is made of, as measured since `measureSteps(layers: true)`, for simulations; nil before a step was.
    package func stepWork(_ times: (steps: StepTimes, layers: LayerTimes?)) -> StepWork? {
        guard let runtime = existingRuntime, let layers = times.layers, times.steps.steps > 0 else { return nil }
        let steps = Double(times.steps.steps)
        let starts = runtime.network.gradientStarts
        return StepWork(
            starts: starts, count: runtime.arena.gradients.count, totals: runtime.totals.values.count,
            forward: (times.steps[.input] + times.steps[.forward]) / steps,
            backward: starts.indices.dropFirst().reversed().map { node in
                StepWork.Layer(seconds: layers.backward[node] / steps, offset: starts[node])
            },
            // Gradients are read, values and slots read and written.
            updateBytes: (3 + 2 * (runtime.compilation?.optimizer.slotCount ?? 0)) * MemoryLayout<Float>.stride)
    }
}
