import LockstepCompute

/// The exponential average of the weights that Keras keeps with `use_ema`: `a = μ·a + (1 − μ)·w` after each step, where
/// μ is `emaMomentum`. Before the first update μ is 0. With an overwrite frequency f, the averages replace the weights
/// in every f-th update (`BaseOptimizer._backend_apply_gradients`). Weights are made to meet their constraints after
/// that.
///
/// As in Keras, steps that only accumulate gradients renew the averages too, and replace the weights if the update that
/// they lead to does.
struct WeightAverage {
    let momentum: Float
    let overwriteFrequency: Int?

    /// Nil if the optimizer keeps no averages.
    init?(_ options: OptimizerOptions) {
        guard options.useEma else { return nil }
        momentum = Float(options.emaMomentum)
        overwriteFrequency = options.emaOverwriteFrequency
    }

    /// Renews the averages of some weights.
    ///
    /// - Parameter iterations: the number of updates before this step.
    func renew(_ average: Tensor, of values: Tensor, iterations: Int, on crew: Crew) {
        moveAverage(average, to: values, momentum: iterations == 0 ? 0 : momentum, on: crew)
        if let overwriteFrequency, (iterations + 1) % overwriteFrequency == 0 { values.assign(average) }
    }
}
