import CKernels

/// Elements of b worth handing to another thread: about 3 µs of reading them.
private let grain = 32 * 1024

extension ls_product {
    /// Whether c is one column of dot products, which are summed in vectors. It does not depend on the number of rows,
    /// because the bits depend on the method.
    var isVector: Bool { columns == 1 && a.isAlong && b.row_stride == 1 && !adds && start == 0 }

    /// Whether there are so few rows that packing b costs more than it saves.
    func isFlat(_ kernels: ls_kernels) -> Bool {
        rows <= 2 * kernels.tile_rows && columns >= kernels.tile_columns && a.isAlong && b.column_stride == 1
            && b.patches == nil
            && column_sums == nil
    }
}

extension ls_operand {
    /// Whether it is a matrix whose rows lie along memory.
    fileprivate var isAlong: Bool { column_stride == 1 && patches == nil }
}

extension ls_product {
    /// If c is one column and the rows of a lie across memory: the same product with c as one row, where the columns of
    /// its second operand lie along memory. Nil for other products.
    var laidFlat: ls_product? {
        guard columns == 1, rows > 1, a.row_stride == 1, a.patches == nil, b.row_stride == 1, bias == nil, c_stride == 1
        else { return nil }
        var flat = self
        (flat.rows, flat.columns) = (1, rows)
        flat.a = ls_operand(data: b.data, row_stride: depth, column_stride: 1, patches: nil)
        flat.b = ls_operand(data: a.data, row_stride: a.column_stride, column_stride: 1, patches: nil)
        flat.c_stride = rows
        flat.column_sums = nil
        return flat
    }

    /// Sums the only column of b, if that is asked for.
    func sumOnlyColumn() { column_sums?.pointee = (0..<depth).reduce(0) { $0 + b.data[$1] } }
}

/// Computes a column of dot products.
func multiplyVector(_ product: ls_product, on crew: Crew) {
    let work = VectorRows(
        product: product, kernels: crew.kernels,
        cut: crew.cut(product.rows, grain: max(1, grain / max(product.depth, 1))))
    crew.perform(work, chunks: work.cut.chunks)
    product.sumOnlyColumn()
}

/// Multiplies a few rows with b in place. The columns after its last whole panel are multiplied in the usual way.
func multiplyFlat(_ product: ls_product, on crew: Crew) {
    let kernels = crew.kernels
    let panels = product.columns / kernels.tile_columns
    let work = FlatColumns(
        product: product, kernels: kernels,
        cut: crew.cut(panels, grain: max(1, grain / (kernels.tile_columns * max(product.depth, 1)))))
    crew.perform(work, chunks: work.cut.chunks)
    let first = panels * kernels.tile_columns
    guard first < product.columns else { return }
    var rest = product
    rest.columns -= first
    rest.b.data += first
    rest.c += first
    if let bias = product.bias { rest.bias = bias + first }
    multiply(rest, on: crew)
}

private struct VectorRows: ChunkedWork {
    let product: ls_product
    let kernels: ls_kernels
    let cut: Cut

    func run(chunk: Int) {
        withUnsafePointer(to: product) { kernels.multiply_vector($0, cut[chunk].lowerBound, cut[chunk].upperBound) }
    }
}

private struct FlatColumns: ChunkedWork {
    let product: ls_product
    let kernels: ls_kernels
    let cut: Cut

    func run(chunk: Int) {
        withUnsafePointer(to: product) { kernels.multiply_unpacked($0, cut[chunk].lowerBound, cut[chunk].upperBound) }
    }
}
