import CKernels

/// The derivative of an activation. A gradient is multiplied with it, in place, before it enters a product.
struct ActivationGradient {
    private let function: ls_activation
    private let a, b: Float
    private let x, y: UnsafePointer<Float>
    private let gradient: UnsafeMutablePointer<Float>

    /// - Parameters:
    ///   - activation: a function of an element.
    ///   - x: the activation's input; only read if `derivativeReadsInput`.
    ///   - y: its output; only read if not.
    init(_ activation: ActivationFunction, x: Tensor, y: Tensor, gradient: Tensor) {
        precondition(
            activation.derivativeReadsInput ? x.count == gradient.count : y.count == gradient.count,
            "the gradient of an activation for \(gradient.shape)")
        (function, a, b) = activation.elementKernel
        (self.x, self.y, self.gradient) = (x.pointer.asConstant, y.pointer.asConstant, gradient.pointer)
    }

    /// Multiplies all of a range, on all threads.
    func apply(_ range: Range<Int>, on crew: Crew) {
        let work = ActivationGradientChunks(
            activationGradient: self, kernels: crew.kernels, first: range.lowerBound,
            cut: crew.cut(range.count, grain: 16 * 1024))
        crew.perform(work, chunks: work.cut.chunks)
    }

    func apply(_ range: Range<Int>, _ kernels: ls_kernels) {
        let first = range.lowerBound
        kernels.activation_gradient(
            function, a, b, range.count, x + first, y + first, gradient + first, gradient + first)
    }
}

private struct ActivationGradientChunks: ChunkedWork {
    let activationGradient: ActivationGradient
    let kernels: ls_kernels
    let first: Int
    let cut: Cut

    func run(chunk: Int) {
        activationGradient.apply(first + cut[chunk].lowerBound..<first + cut[chunk].upperBound, kernels)
    }
}
