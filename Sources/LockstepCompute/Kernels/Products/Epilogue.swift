import CKernels

/// What a product does to c in the end, in place.
enum Epilogue {
    case nothing
    case element(ls_activation, Float, Float)
    case row(ls_row_activation)
    /// The function of c·factor + offset, with one factor and one offset for each column.
    case normalized(ls_activation, Float, Float, UnsafePointer<Float>, UnsafePointer<Float>)

    /// - Parameters:
    ///   - activation: any function that works in place, so not `glu`.
    ///   - normalized: factors and offsets of the columns. The activation must be a function of an element then.
    init(_ activation: ActivationFunction, normalized: (factors: Tensor, offsets: Tensor)? = nil) {
        precondition(activation != .glu, "glu cannot work in place")
        if let (factors, offsets) = normalized {
            let (function, a, b) = activation.elementKernel
            self = .normalized(function, a, b, factors.pointer.asConstant, offsets.pointer.asConstant)
        } else if activation == .linear {
            self = .nothing
        } else if let row = activation.rowKernel {
            self = .row(row.identifier)
        } else {
            let (function, a, b) = activation.elementKernel
            self = .element(function, a, b)
        }
    }

    /// Whether it takes whole rows.
    var needsRows: Bool { if case .row = self { true } else { false } }

    /// Finishes some whole rows.
    func apply(_ product: ls_product, rows: Range<Int>, _ kernels: ls_kernels) {
        let place = product.c + rows.lowerBound * product.c_stride
        switch self {
        case .nothing: break
        case .element(let function, let a, let b):
            kernels.activation(function, a, b, rows.count * product.columns, place, place)
        case .normalized(let function, let a, let b, let factors, let offsets):
            kernels.affine_activation(function, a, b, rows.count, product.columns, place, factors, offsets, place)
        case .row(let function): kernels.row_activation(function, rows.count, product.columns, place, place)
        }
    }

    /// Finishes some columns of all rows, unless the epilogue needs whole rows.
    func apply(_ product: ls_product, columns: Range<Int>, _ kernels: ls_kernels) {
        for row in 0..<product.rows {
            let place = product.c + row * product.c_stride + columns.lowerBound
            switch self {
            case .nothing, .row: return
            case .element(let function, let a, let b):
                kernels.activation(function, a, b, columns.count, place, place)
            case .normalized(let function, let a, let b, let factors, let offsets):
                kernels.affine_activation(
                    function, a, b, 1, columns.count, place, factors + columns.lowerBound,
                    offsets + columns.lowerBound, place)
            }
        }
    }
}
