import CKernels

/// A deep product with few rows and columns, cut along the depth: the gradient of a small dense kernel over many rows.
///
/// Every part sums a c of its own; then the parts are added in order. The cuts depend only on the depth, so the bits do
/// not depend on the threads.
struct DepthSplit {
    private let product: ls_product
    private let partDepth: Int
    private let parts: Int

    /// Nil if cutting the rows or the columns is better. Nil also if the rows may be those of a shard, because bits
    /// must not depend on the shard. If a's rows lie across memory, they are rows of a kernel, not of a shard.
    init?(_ product: ls_product, _ epilogue: Epilogue) {
        let smallest = 2048
        let largestCount = 32
        guard product.a.column_stride != 1, product.depth >= 2 * smallest, product.rows * product.columns <= 32 * 1024,
            product.bias == nil, !product.adds, case .nothing = epilogue, product.c_stride == product.columns
        else { return nil }
        self.product = product
        partDepth = max(smallest, (product.depth + largestCount - 1) / largestCount)
        parts = (product.depth + partDepth - 1) / partDepth
    }

    func run(on crew: Crew) {
        let kernels = crew.kernels
        let cut = crew.cut(parts, grain: 1)
        let rowsCount = FloatBuffer.aligned(kernels.rowPanels(product) * kernels.tile_rows * kernels.depth_block)
        let count = product.rows * product.columns
        let scratch = crew.scratch(cut.chunks * (rowsCount + kernels.blockCount) + parts * (count + product.columns))
        let partial = scratch + cut.chunks * (rowsCount + kernels.blockCount)
        let sums = partial + parts * count
        let work = DepthParts(
            product: product, kernels: kernels, partDepth: partDepth, scratch: scratch, rowsCount: rowsCount,
            partial: partial, sums: sums,
            cut: cut)
        crew.perform(work, chunks: cut.chunks)
        kernels.column_sums(parts, count, partial, product.c)
        if let total = product.column_sums { kernels.column_sums(parts, product.columns, sums, total) }
    }
}

private struct DepthParts: ChunkedWork {
    let product: ls_product
    let kernels: ls_kernels
    let partDepth: Int
    /// For each chunk, memory for packed rows, of `rowsCount` floats, and for a block of columns.
    let scratch: UnsafeMutablePointer<Float>
    let rowsCount: Int
    /// For each part, its c and its sums of the columns.
    let partial, sums: UnsafeMutablePointer<Float>
    let cut: Cut

    func run(chunk: Int) {
        for number in cut[chunk] {
            var part = product
            part.start = number * partDepth
            part.depth = min(part.start + partDepth, product.depth)
            part.c = partial + number * product.rows * product.columns
            if product.column_sums != nil { part.column_sums = sums + number * product.columns }
            multiply(part, chunk)
        }
    }

    private func multiply(_ part: ls_product, _ chunk: Int) {
        let rows = scratch + chunk * (rowsCount + kernels.blockCount)
        let columns = rows + rowsCount
        let (rowPanels, columnPanels) = (kernels.rowPanels(part), kernels.columnPanels(part))
        withUnsafePointer(to: part) { part in
            for depth in kernels.depths(of: part.pointee) {
                kernels.pack_rows(part, 0, rowPanels, depth, rows)
                for first in stride(from: 0, to: columnPanels, by: kernels.columnGroup) {
                    let last = min(first + kernels.columnGroup, columnPanels)
                    kernels.pack_columns(part, first, last, depth, columns)
                    kernels.multiply_packed(part, rows, columns, 0, rowPanels, first, last, depth)
                }
            }
        }
    }
}
