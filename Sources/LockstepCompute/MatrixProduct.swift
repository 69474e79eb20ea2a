import CKernels

/// Multiplications and additions worth handing to another thread: about 3 µs at 80 GFLOP/s.
private let grain = 128 * 1024
/// Below this many multiplications the panels cost more than they save.
private let smallest = 4096

/// Which operands of a product are stored with rows and columns exchanged.
public enum Transposed: Sendable {
    case neither, first, second, both
}

/// `c = a·b + bias`, with `a` `[rows, depth]`, `b` `[depth, columns]`, `c` `[rows, columns]` and `bias` `[columns]`.
///
/// A transposed operand is stored `[depth, rows]` or `[columns, depth]`. Tensors of more dimensions count as matrices with the
/// last dimension's columns. Each element is summed from the bias on over the depth in order, whatever the rows, the threads
/// and the way it is computed.
package func matmul(
    _ a: Tensor, _ b: Tensor, transposed: Transposed = .neither, bias: Tensor? = nil, into c: Tensor, on crew: Crew
) {
    let (aTransposed, bTransposed) = (transposed.isFirst, transposed.isSecond)
    let (aRows, aColumns) = a.matrixShape
    let (bRows, bColumns) = b.matrixShape
    let (rows, depth) = aTransposed ? (aColumns, aRows) : (aRows, aColumns)
    let columns = bTransposed ? bRows : bColumns
    precondition(depth == (bTransposed ? bColumns : bRows), "matmul of \(a.shape) and \(b.shape)")
    precondition(
        c.count == rows * columns && (bias?.count ?? columns) == columns, "matmul into \(c.shape), bias \(String(describing: bias))")
    guard rows > 0, columns > 0 else { return }
    let product = ls_product(
        rows: rows, columns: columns, depth: depth,
        a: ls_matrix(data: a.pointer, row_stride: aTransposed ? 1 : aColumns, column_stride: aTransposed ? aColumns : 1),
        b: ls_matrix(data: b.pointer, row_stride: bTransposed ? 1 : bColumns, column_stride: bTransposed ? bColumns : 1),
        bias: bias?.pointer.asConstant, c: c.pointer, c_stride: columns)

    if rows * columns * depth < smallest {
        withUnsafePointer(to: product) { crew.kernels.multiply_small($0, 0, rows) }
    } else {
        multiplyPacked(product, on: crew)
    }
}

private func multiplyPacked(_ product: ls_product, on crew: Crew) {
    let kernels = crew.kernels
    let rowPanels = (product.rows + kernels.tile_rows - 1) / kernels.tile_rows
    let columnPanels = (product.columns + kernels.tile_columns - 1) / kernels.tile_columns
    let packedRows = FloatBuffer.aligned(rowPanels * kernels.tile_rows * product.depth)
    let packedColumns = columnPanels * kernels.tile_columns * product.depth
    let scratch = crew.scratch(packedRows + packedColumns)
    let tileWork = kernels.tile_rows * kernels.tile_columns * max(product.depth, 1)

    let packing = Packing(
        product: product, kernels: kernels, rows: scratch, columns: scratch + packedRows,
        // Packing moves an element in about the time of 16 multiplications.
        rowCut: crew.cut(rowPanels, grain: max(1, grain / (16 * kernels.tile_rows * max(product.depth, 1)))),
        columnCut: crew.cut(columnPanels, grain: max(1, grain / (16 * kernels.tile_columns * max(product.depth, 1)))))
    crew.perform(packing, chunks: packing.rowCut.chunks + packing.columnCut.chunks)

    // Cut the longer side of the grid of tiles: a chunk then shares more panels among its own tiles.
    let byRows = rowPanels * kernels.tile_rows >= columnPanels * kernels.tile_columns
    let (long, short) = byRows ? (rowPanels, columnPanels) : (columnPanels, rowPanels)
    let multiplication = Multiplication(
        product: product, kernels: kernels, rows: scratch, columns: scratch + packedRows, byRows: byRows, otherPanels: short,
        cut: crew.cut(long, grain: max(1, grain / (tileWork * short))))
    crew.perform(multiplication, chunks: multiplication.cut.chunks)
}

private struct Packing: ChunkedWork {
    let product: ls_product
    let kernels: ls_kernels
    let rows, columns: UnsafeMutablePointer<Float>
    let rowCut, columnCut: Cut

    func run(chunk: Int) {
        withUnsafePointer(to: product) { product in
            if chunk < rowCut.chunks {
                kernels.pack_rows(product, rowCut[chunk].lowerBound, rowCut[chunk].upperBound, rows)
            } else {
                let panels = columnCut[chunk - rowCut.chunks]
                kernels.pack_columns(product, panels.lowerBound, panels.upperBound, columns)
            }
        }
    }
}

private struct Multiplication: ChunkedWork {
    let product: ls_product
    let kernels: ls_kernels
    let rows, columns: UnsafeMutablePointer<Float>
    let byRows: Bool
    let otherPanels: Int
    let cut: Cut

    func run(chunk: Int) {
        let panels = cut[chunk]
        withUnsafePointer(to: product) { product in
            if byRows {
                kernels.multiply_packed(product, rows, columns, panels.lowerBound, panels.upperBound, 0, otherPanels)
            } else {
                kernels.multiply_packed(product, rows, columns, 0, otherPanels, panels.lowerBound, panels.upperBound)
            }
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
    /// Rows and columns as a matrix with the last dimension's columns.
    var matrixShape: (rows: Int, columns: Int) {
        (shape.dimensions.dropLast().reduce(1, *), shape.last ?? 1)
    }
}

/// The product of two matrices, `a·b`, or with transposed operands `aᵀ·b`, `a·bᵀ`: `[rows, columns]`.
///
/// - Throws: `ComputeError.productShapes` if they are no matrices or their inner dimensions differ;
///   `ComputeError.instructionSet` if the environment names an instruction set this machine lacks.
public func matmul(_ a: Tensor, _ b: Tensor, transposed: Transposed = .neither) throws(ComputeError) -> Tensor {
    let (aTransposed, bTransposed) = (transposed.isFirst, transposed.isSecond)
    guard a.shape.rank == 2, b.shape.rank == 2, a.shape[aTransposed ? 0 : 1] == b.shape[bTransposed ? 1 : 0] else {
        throw .productShapes(a.shape, b.shape)
    }
    let rows = a.shape[aTransposed ? 1 : 0]
    let columns = b.shape[bTransposed ? 0 : 1]
    let result = Tensor.zeros([rows, columns])
    // Worth waking threads for: from about 200 µs of work on.
    let isLarge = rows * columns * a.count / max(rows, 1) > 8_000_000
    let crew = try Crew(threads: isLarge ? Processors.allowed().threads() : 1, instructionSet: .selected())
    crew.together { matmul(a, b, transposed: transposed, into: result, on: crew) }
    return result
}
