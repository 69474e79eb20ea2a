import CKernels

/// Elements of an activation worth handing to another thread: about 4 µs of an exponential.
private let grain = 8 * 1024

extension ActivationFunction {
    enum RowKernel { case softmax, logSoftmax, sparsemax, glu }

    /// The kernel of a function of a row; nil for a function of an element.
    var rowKernel: RowKernel? {
        switch self {
        case .softmax: .softmax
        case .logSoftmax: .logSoftmax
        case .sparsemax: .sparsemax
        case .glu: .glu
        default: nil
        }
    }

    /// Whether the derivative is computed from the input; from the output otherwise.
    package var derivativeReadsInput: Bool {
        switch self {
        // The first three read it because, with a negative argument, the output's sign does not tell the input's.
        case .leakyRelu, .elu, .celu, .softShrink, .hardShrink, .sparsePlus, .squareplus, .silu, .gelu, .tanhShrink,
            .threshold,
            .sparseSigmoid, .hardSilu, .mish, .glu:
            true
        default: false
        }
    }

    /// Whether it is a function of an element.
    package var isElementwise: Bool { rowKernel == nil }

    /// Whether it is a function of an element whose derivative follows from its output alone.
    package var isKnownByOutput: Bool { isElementwise && !derivativeReadsInput }

    /// `y = f(x)`; y may be x, except for `glu`.
    package func apply(_ x: Tensor, into y: Tensor, on crew: Crew) {
        precondition(outputShape(x.shape)?.count == y.count, "activation of \(x.shape) into \(y.shape)")
        let (rows, columns) = y.matrixShape
        if let row = rowKernel {
            let work = RowForward(
                kernels: crew.kernels, function: row.identifier, columns: columns, x: x.pointer, y: y.pointer,
                width: row == .glu ? 2 * columns : columns, cut: crew.cut(rows, grain: max(1, grain / max(columns, 1))))
            crew.perform(work, chunks: work.cut.chunks)
        } else if self != .linear || x.pointer != y.pointer {
            let (function, a, b) = elementKernel
            let work = ElementForward(
                kernels: crew.kernels, function: function, a: a, b: b, x: x.pointer, y: y.pointer,
                cut: crew.cut(x.count, grain: grain))
            crew.perform(work, chunks: work.cut.chunks)
        }
    }

    /// `dx = dy · ∂f/∂x`; dx may be dy, except for `glu`.
    ///
    /// - Parameters:
    ///   - x: the input; only read if `derivativeReadsInput`. Otherwise the output may be passed instead.
    ///   - y: the output; only read if not `derivativeReadsInput`.
    package func gradient(x: Tensor, y: Tensor, dy: Tensor, into dx: Tensor, on crew: Crew) {
        let (rows, columns) = dy.matrixShape
        if let row = rowKernel {
            let work = RowBackward(
                kernels: crew.kernels, function: row.identifier, columns: columns, x: x.pointer, y: y.pointer,
                dy: dy.pointer,
                dx: dx.pointer, width: row == .glu ? 2 * columns : columns,
                cut: crew.cut(rows, grain: max(1, grain / max(columns, 1))))
            crew.perform(work, chunks: work.cut.chunks)
        } else if self != .linear || dy.pointer != dx.pointer {
            let (function, a, b) = elementKernel
            let work = ElementBackward(
                kernels: crew.kernels, function: function, a: a, b: b, x: x.pointer, y: y.pointer, dy: dy.pointer,
                dx: dx.pointer, cut: crew.cut(dy.count, grain: grain))
            crew.perform(work, chunks: work.cut.chunks)
        }
    }

    var elementKernel: (ls_activation, Float, Float) {
        switch self {
        case .linear: (LS_LINEAR, 0, 0)
        case .relu: (LS_RELU, 0, 0)
        case .relu6: (LS_RELU6, 0, 0)
        case .selu: (LS_SELU, 0, 0)
        case .softplus: (LS_SOFTPLUS, 0, 0)
        case .softsign: (LS_SOFTSIGN, 0, 0)
        case .silu: (LS_SILU, 0, 0)
        case .tanh: (LS_TANH, 0, 0)
        case .sigmoid: (LS_SIGMOID, 0, 0)
        case .exponential: (LS_EXPONENTIAL, 0, 0)
        case .mish: (LS_MISH, 0, 0)
        case .leakyRelu(let slope): (LS_LEAKY_RELU, slope, 0)
        case .elu(let alpha): (LS_ELU, alpha, 0)
        case .celu(let alpha): (LS_CELU, alpha, 0)
        case .softShrink(let threshold): (LS_SOFT_SHRINK, threshold, 0)
        case .hardShrink(let threshold): (LS_HARD_SHRINK, threshold, 0)
        case .squareplus(let b): (LS_SQUAREPLUS, b, 0)
        case .threshold(let threshold, let value): (LS_THRESHOLD, threshold, value)
        case .gelu(let approximate): (approximate ? LS_GELU_TANH : LS_GELU, 0, 0)
        case .hardSigmoid: (LS_HARD_SIGMOID, 0, 0)
        case .keras2HardSigmoid: (LS_KERAS2_HARD_SIGMOID, 0, 0)
        case .hardSilu: (LS_HARD_SILU, 0, 0)
        case .hardTanh: (LS_HARD_TANH, 0, 0)
        case .tanhShrink: (LS_TANH_SHRINK, 0, 0)
        case .sparsePlus: (LS_SPARSE_PLUS, 0, 0)
        case .sparseSigmoid: (LS_SPARSE_SIGMOID, 0, 0)
        case .logSigmoid: (LS_LOG_SIGMOID, 0, 0)
        case .softmax, .logSoftmax, .sparsemax, .glu: preconditionFailure("\(self) is a function of a row")
        }
    }
}

extension ActivationFunction.RowKernel {
    var identifier: ls_row_activation {
        switch self {
        case .softmax: LS_SOFTMAX
        case .logSoftmax: LS_LOG_SOFTMAX
        case .sparsemax: LS_SPARSEMAX
        case .glu: LS_GLU
        }
    }
}

private struct ElementForward: ChunkedWork {
    let kernels: ls_kernels
    let function: ls_activation
    let a, b: Float
    let x, y: UnsafeMutablePointer<Float>
    let cut: Cut

    func run(chunk: Int) {
        let first = cut[chunk].lowerBound
        kernels.activation(function, a, b, cut[chunk].count, x + first, y + first)
    }
}

private struct ElementBackward: ChunkedWork {
    let kernels: ls_kernels
    let function: ls_activation
    let a, b: Float
    let x, y, dy, dx: UnsafeMutablePointer<Float>
    let cut: Cut

    func run(chunk: Int) {
        let first = cut[chunk].lowerBound
        kernels.activation_gradient(function, a, b, cut[chunk].count, x + first, y + first, dy + first, dx + first)
    }
}

private struct RowForward: ChunkedWork {
    let kernels: ls_kernels
    let function: ls_row_activation
    let columns: Int
    let x, y: UnsafeMutablePointer<Float>
    let width: Int
    let cut: Cut

    func run(chunk: Int) {
        let rows = cut[chunk]
        kernels.row_activation(
            function, rows.count, columns, x + rows.lowerBound * width, y + rows.lowerBound * columns)
    }
}

private struct RowBackward: ChunkedWork {
    let kernels: ls_kernels
    let function: ls_row_activation
    let columns: Int
    let x, y, dy, dx: UnsafeMutablePointer<Float>
    let width: Int
    let cut: Cut

    func run(chunk: Int) {
        let (rows, first) = (cut[chunk], cut[chunk].lowerBound)
        kernels.row_activation_gradient(
            function, rows.count, columns, x + first * width, y + first * columns, dy + first * columns,
            dx + first * width)
    }
}
