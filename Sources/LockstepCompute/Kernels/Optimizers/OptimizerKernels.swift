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
            rest1: Float(1 - decay1), decay2: Float(decay2),
            rest2: Float(1 - decay2), epsilon: Float(epsilon))
    }
}

/// What Nadam multiplies the mean and the gradient by, and the square that it divides by.
package struct NadamRates: Sendable {
    let rates: ls_nadam_rates

    package init(mean: Double, gradient: Double, square: Double) {
        rates = ls_nadam_rates(mean: Float(mean), gradient: Float(gradient), square: Float(square))
    }
}

/// Ftrl's hyperparameters.
package struct FtrlRates: Sendable {
    let rates: ls_ftrl_rates

    /// - Parameter power: of the sum of squares; the opposite of Keras's `learning_rate_power`.
    package init(learningRate: Double, power: Double, l1: Double, l2: Double, shrinkage: Double) {
        rates = ls_ftrl_rates(
            learning_rate: Float(learningRate), power: Float(power), l1: Float(l1), l2: Float(l2),
            shrinkage: Float(shrinkage))
    }
}

/// What ScheduleFreeAdamW weighs the newest iterate with in the average of all, and what it multiplies squares by.
package struct ScheduleFreeRates: Sendable {
    let rates: ls_schedule_free_rates

    package init(weight: Double, square: Double) {
        rates = ls_schedule_free_rates(weight: Float(weight), square: Float(square))
    }
}

/// An optimizer's step and its slots. Each slot has the gradient's size.
package enum OptimizerStep {
    case sgd(velocity: Tensor?, nesterov: Bool)
    case rmsprop(square: Tensor, mean: Tensor?, velocity: Tensor?)
    case adam(mean: Tensor, square: Tensor, largestSquare: Tensor?)
    case adamax(mean: Tensor, norm: Tensor)
    case nadam(NadamRates, mean: Tensor, square: Tensor)
    case adagrad(sum: Tensor)
    case adadelta(square: Tensor, change: Tensor)
    case lion(mean: Tensor)
    case ftrl(FtrlRates, sum: Tensor, linear: Tensor)
    case scheduleFree(ScheduleFreeRates, iterate: Tensor, square: Tensor)

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
        case .adamax(let mean, let norm): .adamax(mean.pointer, norm.pointer)
        case .nadam(let rates, let mean, let square): .nadam(rates.rates, mean.pointer, square.pointer)
        case .adagrad(let sum): .adagrad(sum.pointer)
        case .adadelta(let square, let change): .adadelta(square.pointer, change.pointer)
        case .lion(let mean): .lion(mean.pointer)
        case .ftrl(let rates, let sum, let linear): .ftrl(rates.rates, sum.pointer, linear.pointer)
        case .scheduleFree(let rates, let iterate, let square):
            .scheduleFree(rates.rates, iterate.pointer, square.pointer)
        }
    }
}

private struct OptimizerWork: ChunkedWork {
    typealias Floats = UnsafeMutablePointer<Float>
    enum Step {
        case sgd(Floats?, Bool)
        case rmsprop(Floats, Floats?, Floats?)
        case adam(Floats, Floats, Floats?)
        case adamax(Floats, Floats)
        case nadam(ls_nadam_rates, Floats, Floats)
        case adagrad(Floats)
        case adadelta(Floats, Floats)
        case lion(Floats)
        case ftrl(ls_ftrl_rates, Floats, Floats)
        case scheduleFree(ls_schedule_free_rates, Floats, Floats)
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
        case .adamax(let mean, let norm):
            kernels.adamax(count, rates, scale, gradient + first, values + first, mean + first, norm + first)
        case .nadam(let factors, let mean, let square):
            kernels.nadam(count, rates, factors, scale, gradient + first, values + first, mean + first, square + first)
        case .adagrad(let sum): kernels.adagrad(count, rates, scale, gradient + first, values + first, sum + first)
        case .adadelta(let square, let change):
            kernels.adadelta(count, rates, scale, gradient + first, values + first, square + first, change + first)
        case .lion(let mean): kernels.lion(count, rates, scale, gradient + first, values + first, mean + first)
        case .ftrl(let rates, let sum, let linear):
            kernels.ftrl(count, rates, scale, gradient + first, values + first, sum + first, linear + first)
        case .scheduleFree(let factors, let iterate, let square):
            kernels.schedule_free(
                count, rates, factors, scale, gradient + first, values + first, iterate + first, square + first)
        }
    }
}
