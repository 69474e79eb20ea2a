import CKernels

/// Below this many multiplications the panels cost more than they save.
private let smallest = 4096

/// Which operands of a product are stored with rows and columns exchanged.
public enum Transposed: Sendable {
    case neither, first, second, both
}

/// `c = a·b + bias`, with `a` `[rows, depth]`, `b` `[depth, columns]`, `c` `[rows, columns]` and `bias` `[columns]`.
///
/// A transposed operand is stored `[depth, rows]` or `[columns, depth]`. Tensors of more dimensions count as matrices
/// whose columns are the last dimension. Each element begins with the bias and is summed over the depth in order, or in
/// parts whose cuts depend on the depth. The order does not depend on the rows, the threads or the method.
///
/// - Parameters:
///   - activation: applied to c in the end; not `glu`.
///   - columnSums: overwritten with the sums of b's columns over the depth, `[columns]`. b is packed anyway.
package func matmul(
    _ a: Tensor, _ b: Tensor, transposed: Transposed = .neither, bias: Tensor? = nil,
    activation: ActivationFunction = .linear,
    into c: Tensor,
    columnSums: Tensor? = nil, on crew: Crew
) {
    let (aTransposed, bTransposed) = (transposed.isFirst, transposed.isSecond)
    let (aRows, aColumns) = a.matrixShape
    let (bRows, bColumns) = b.matrixShape
    let (rows, depth) = aTransposed ? (aColumns, aRows) : (aRows, aColumns)
    let columns = bTransposed ? bRows : bColumns
    precondition(depth == (bTransposed ? bColumns : bRows), "matmul of \(a.shape) and \(b.shape)")
    precondition(
        c.count == rows * columns && (bias?.count ?? columns) == columns,
        "matmul into \(c.shape), bias \(String(describing: bias))")
    precondition(
        (columnSums?.count ?? columns) == columns, "column sums of \(b.shape) into \(String(describing: columnSums))")
    let product = ls_product(
        rows: rows, columns: columns, depth: depth,
        a: ls_operand(
            data: a.pointer, row_stride: aTransposed ? 1 : aColumns, column_stride: aTransposed ? aColumns : 1,
            patches: nil),
        b: ls_operand(
            data: b.pointer, row_stride: bTransposed ? 1 : bColumns, column_stride: bTransposed ? bColumns : 1,
            patches: nil),
        bias: bias?.pointer.asConstant, adds: false, c: c.pointer, c_stride: columns,
        start: 0, column_sums: columnSums?.pointer)
    gemm(product, epilogue: Epilogue(activation), on: crew)
}

/// Multiplies with the method that suits the shapes. All methods give the same bits, except for a product of one
/// column, which is summed in vectors.
func gemm(_ product: ls_product, epilogue: Epilogue, on crew: Crew) {
    let rows = product.rows
    if product.isVector {
        multiplyVector(product, on: crew)
        epilogue.apply(product, rows: 0..<rows, crew.kernels)
    } else if product.isSmall {
        withUnsafePointer(to: product) { crew.kernels.multiply_small($0, 0, rows) }
        epilogue.apply(product, rows: 0..<rows, crew.kernels)
        product.sumColumns(crew.kernels)
    } else {
        multiply(product, epilogue: epilogue, on: crew)
    }
}

extension ls_product {
    /// Whether panels cost more than they save, or there is nothing to put in them.
    var isSmall: Bool { rows * columns * depth < smallest }

    /// Sums the columns of a small b over the depth, if that is asked for.
    fileprivate func sumColumns(_ kernels: ls_kernels) {
        guard let sums = column_sums else { return }
        if b.column_stride == 1, b.row_stride == columns { return kernels.column_sums(depth, columns, b.data, sums) }
        for column in 0..<columns {
            sums[column] = (0..<depth).reduce(0) { $0 + b.data[$1 * b.row_stride + column * b.column_stride] }
        }
    }
}

extension Transposed {
    var isFirst: Bool { self == .first || self == .both }
    var isSecond: Bool { self == .second || self == .both }
}

extension UnsafeMutablePointer {
    var asConstant: UnsafePointer<Pointee> { UnsafePointer(self) }
}

extension Tensor {
    /// Rows and columns as a matrix whose columns are the last dimension.
    var matrixShape: (rows: Int, columns: Int) {
        (shape.dimensions.dropLast().reduce(1, *), shape.last ?? 1)
    }
}

/// The product of two matrices, `a·b`, or with transposed operands `aᵀ·b`, `a·bᵀ`: `[rows, columns]`.
///
/// - Throws: `ComputeError.productShapes` if they are not matrices or their inner dimensions differ;
///   `ComputeError.instructionSet` if the environment names an instruction set this machine lacks.
public func matmul(_ a: Tensor, _ b: Tensor, transposed: Transposed = .neither) throws(ComputeError) -> Tensor {
    let (aTransposed, bTransposed) = (transposed.isFirst, transposed.isSecond)
    guard a.shape.rank == 2, b.shape.rank == 2, a.shape[aTransposed ? 0 : 1] == b.shape[bTransposed ? 1 : 0] else {
        throw .productShapes(a.shape, b.shape)
    }
    let rows = a.shape[aTransposed ? 1 : 0]
    let columns = b.shape[bTransposed ? 0 : 1]
    let result = Tensor.zeros([rows, columns])
    // Waking threads is worth it from about 200 µs of work on.
    let isLarge = rows * columns * a.count / max(rows, 1) > 8_000_000
    let crew = try Crew(threads: isLarge ? Processors.allowed().threads() : 1, instructionSet: .selected())
    crew.together { matmul(a, b, transposed: transposed, into: result, on: crew) }
    return result
}
