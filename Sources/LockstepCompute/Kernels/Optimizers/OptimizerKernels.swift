import CKernels

/// Elements of an optimizer's pass worth handing to another thread: about 4 µs of memory traffic.
private let grain = 16 * 1024

/// The hyperparameters of one optimizer step, rounded to float once.
package struct OptimizerRates: Sendable {
    let rates: ls_optimizer_rates

    package init(
        learningRate: Double, momentum: Double = 0, decay1: Double = 0, decay2: Double = 0, epsilon: Double = 0
    ) {
        rates = ls_optimizer_rates(
            learning_rate: Float(learningRate), momentum: Float(momentum), decay1: Float(decay1),
            rest1: Float(1 - decay1),
            rest2: Float(1 - decay2), epsilon: Float(epsilon))
    }
}

/// An optimizer's step and its slots. Each slot has the gradient's size.
package enum OptimizerStep {
    case sgd(velocity: Tensor?, nesterov: Bool)
    case rmsprop(square: Tensor, mean: Tensor?, velocity: Tensor?)
    case adam(mean: Tensor, square: Tensor, largestSquare: Tensor?)

    /// Updates the weights in `values` with the gradient times `scale`, in one fused pass.
    package func apply(rates: OptimizerRates, scale: Float, gradient: Tensor, values: Tensor, on crew: Crew) {
        precondition(gradient.count == values.count, "gradient \(gradient.shape) of values \(values.shape)")
        let work = OptimizerWork(
            kernels: crew.kernels, step: pointers, rates: rates.rates, scale: scale, gradient: gradient.pointer,
            values: values.pointer, cut: crew.cut(values.count, grain: grain))
        crew.perform(work, chunks: work.cut.chunks)
    }

    private var pointers: OptimizerWork.Step {
        switch self {
        case .sgd(let velocity, let nesterov): .sgd(velocity?.pointer, nesterov)
        case .rmsprop(let square, let mean, let velocity): .rmsprop(square.pointer, mean?.pointer, velocity?.pointer)
        case .adam(let mean, let square, let largest): .adam(mean.pointer, square.pointer, largest?.pointer)
        }
    }
}

private struct OptimizerWork: ChunkedWork {
    typealias Floats = UnsafeMutablePointer<Float>
    enum Step {
        case sgd(Floats?, Bool)
        case rmsprop(Floats, Floats?, Floats?)
        case adam(Floats, Floats, Floats?)
    }

    let kernels: ls_kernels
    let step: Step
    let rates: ls_optimizer_rates
    let scale: Float
    let gradient, values: Floats
    let cut: Cut

    func run(chunk: Int) {
        let (first, count) = (cut[chunk].lowerBound, cut[chunk].count)
        func part(_ slot: Floats?) -> Floats? { slot.map { $0 + first } }
        switch step {
        case .sgd(let velocity, let nesterov):
            kernels.sgd(count, rates, nesterov, scale, gradient + first, values + first, part(velocity))
        case .rmsprop(let square, let mean, let velocity):
            kernels.rmsprop(
                count, rates, scale, gradient + first, values + first, square + first, part(mean), part(velocity))
        case .adam(let mean, let square, let largest):
            kernels.adam(
                count, rates, scale, gradient + first, values + first, mean + first, square + first, part(largest))
        }
    }
}
