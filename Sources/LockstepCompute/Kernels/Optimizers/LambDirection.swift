import CKernels

/// The direction in which Lamb moves weights, before its length is fitted to theirs: `m += (1 − β₁)(g − m)`, `v += (1 −
/// β₂)(g² − v)`, and `a·m / (√(c·v) + ε)` takes the place of the gradient g.
package struct LambDirection: Sendable {
    /// Elements worth handing to another thread: about 4 µs of memory traffic.
    private static let grain = 16 * 1024
    private let rates: ls_optimizer_rates
    private let factors: ls_lamb_rates

    /// - Parameters:
    ///   - rates: β₁, β₂ and ε.
    ///   - mean: a, what the mean is multiplied by.
    ///   - square: c, what the mean square is multiplied by.
    package init(_ rates: OptimizerRates, mean: Double, square: Double) {
        self.rates = rates.rates
        factors = ls_lamb_rates(mean: Float(mean), square: Float(square))
    }

    /// Turns the gradient times `scale` into the direction.
    package func apply(to gradient: Tensor, scale: Float, mean: Tensor, square: Tensor, on crew: Crew) {
        precondition(
            mean.count == gradient.count && square.count == gradient.count,
            "slots \(mean.shape) and \(square.shape) of a gradient \(gradient.shape)")
        let work = Work(
            kernels: crew.kernels, rates: rates, factors: factors, scale: scale, gradient: gradient.pointer,
            mean: mean.pointer, square: square.pointer, cut: crew.cut(gradient.count, grain: Self.grain))
        crew.perform(work, chunks: work.cut.chunks)
    }

    private struct Work: ChunkedWork {
        let kernels: ls_kernels
        let rates: ls_optimizer_rates
        let factors: ls_lamb_rates
        let scale: Float
        let gradient, mean, square: UnsafeMutablePointer<Float>
        let cut: Cut

        func run(chunk: Int) {
            let first = cut[chunk].lowerBound
            kernels.lamb(cut[chunk].count, rates, factors, scale, gradient + first, mean + first, square + first)
        }
    }
}
