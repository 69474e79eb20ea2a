import CKernels

/// Elements of b worth handing to another thread: about 3 µs of reading them.
private let grain = 32 * 1024

extension ls_product {
    /// Whether c is one column of dot products, which are summed in vectors: so whatever the rows, for the bits depend
    /// on the way.
    var isVector: Bool { columns == 1 && a.isAlong && b.row_stride == 1 && !adds && start == 0 }

    /// Whether packing b would cost more than a few rows save by it.
    func isFlat(_ kernels: ls_kernels) -> Bool {
        rows <= 2 * kernels.tile_rows && columns >= kernels.tile_columns && a.isAlong && b.column_stride == 1
            && b.patches == nil
            && column_sums == nil
    }
}

extension ls_operand {
    /// A matrix whose rows lie along memory.
    fileprivate var isAlong: Bool { column_stride == 1 && patches == nil }
}

extension ls_product {
    /// One column of sums over rows of a that lie across memory, as one row of sums over columns that lie along it; nil
    /// for others.
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

    /// Adds up the only column of b, where that is asked for.
    func sumOnlyColumn() { column_sums?.pointee = (0..<depth).reduce(0) { $0 + b.data[$1] } }
}

/// A column of dot products.
func multiplyVector(_ product: ls_product, on crew: Crew) {
    let work = VectorRows(
        product: product, kernels: crew.kernels,
        cut: crew.cut(product.rows, grain: max(1, grain / max(product.depth, 1))))
    crew.perform(work, chunks: work.cut.chunks)
    product.sumOnlyColumn()
}

/// A few rows times b where it is; the columns behind its last whole panel go the usual way.
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
