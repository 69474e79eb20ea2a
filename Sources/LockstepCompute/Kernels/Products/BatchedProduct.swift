import CKernels

/// Multiplications and additions worth handing to another thread: about 3 µs at 80 GFLOP/s.
private let grain = 128 * 1024

/// The products of many matrices, `c[i] = a[i]·b[i]`: a `[…, rows, depth]`, b `[…, depth, columns]`, c
/// `[…, rows, columns]`.
///
/// A transposed operand is stored `[…, depth, rows]` or `[…, columns, depth]`. Threads take whole matrices. The order
/// in which a product is summed depends only on the shape of its matrices.
package func batchedMatmul(_ a: Tensor, _ b: Tensor, transposed: Transposed = .neither, into c: Tensor, on crew: Crew) {
    let (aTransposed, bTransposed) = (transposed.isFirst, transposed.isSecond)
    let (aRows, aColumns) = a.lastTwo
    let (bRows, bColumns) = b.lastTwo
    let (rows, depth) = aTransposed ? (aColumns, aRows) : (aRows, aColumns)
    let columns = bTransposed ? bRows : bColumns
    guard c.count > 0 else { return }
    let matrices = c.count / (rows * columns)
    precondition(
        depth == (bTransposed ? bColumns : bRows) && c.count == matrices * rows * columns
            && a.count == matrices * rows * depth
            && b.count == matrices * depth * columns, "products of \(a.shape) and \(b.shape) into \(c.shape)")
    let product = ls_product(
        rows: rows, columns: columns, depth: depth,
        a: ls_operand(
            data: a.pointer, row_stride: aTransposed ? 1 : aColumns, column_stride: aTransposed ? aColumns : 1,
            patches: nil),
        b: ls_operand(
            data: b.pointer, row_stride: bTransposed ? 1 : bColumns, column_stride: bTransposed ? bColumns : 1,
            patches: nil),
        bias: nil, adds: false, c: c.pointer, c_stride: columns, start: 0, column_sums: nil)
    let kernels = crew.kernels
    let cut = crew.cut(matrices, grain: max(1, grain / max(rows * columns * depth, 1)))
    let packed = FloatBuffer.aligned(kernels.columnPanels(product) * kernels.tile_columns * depth)
    let work = MatrixProducts(
        product: product, kernels: kernels, scratch: crew.scratch(cut.chunks * (packed + kernels.blockCount)),
        packed: packed, cut: cut)
    crew.perform(work, chunks: cut.chunks)
}

extension Tensor {
    /// The rows and columns of each of the matrices that it holds.
    fileprivate var lastTwo: (rows: Int, columns: Int) {
        precondition(shape.rank >= 2, "matrices in \(shape)")
        return (shape[shape.rank - 2], shape[shape.rank - 1])
    }
}

private struct MatrixProducts: ChunkedWork {
    /// The product of the first matrices.
    let product: ls_product
    let kernels: ls_kernels
    /// For each chunk, memory for packed columns, of `packed` floats, and for a block of rows.
    let scratch: UnsafeMutablePointer<Float>
    let packed: Int
    let cut: Cut

    func run(chunk: Int) {
        let columns = scratch + chunk * (packed + kernels.blockCount)
        for matrix in cut[chunk] {
            var product = product
            product.a.data += matrix * product.rows * product.depth
            product.b.data += matrix * product.depth * product.columns
            product.c += matrix * product.rows * product.columns
            multiply(product, packingTo: columns)
        }
    }

    private func multiply(_ product: ls_product, packingTo columns: UnsafeMutablePointer<Float>) {
        if product.isVector { return withUnsafePointer(to: product) { kernels.multiply_vector($0, 0, product.rows) } }
        if product.isSmall { return withUnsafePointer(to: product) { kernels.multiply_small($0, 0, product.rows) } }
        let panels = kernels.columnPanels(product)
        for depth in kernels.depths(of: product) {
            withUnsafePointer(to: product) {
                kernels.pack_columns($0, 0, panels, depth, columns + kernels.tile_columns * panels * depth.first)
            }
        }
        kernels.multiplyRows(
            product, 0..<kernels.rowPanels(product), packed: columns, columnPanels: panels, block: columns + packed)
    }
}
