import CKernels

/// The gradient of a kernel that rows are multiplied with: `Σ over rows of aᵀ·b`, with a `[rows, …, inputs]` and b `[rows, …, columns]`.
///
/// Matrices that have several rows for each row of the batch have them together.
///
/// - Parameters:
///   - sums: over which rows, and in which order.
///   - gradients: one `[inputs, columns]` for each part of the sums.
///   - columnSums: likewise where to put the sums of b's columns.
package func rowProducts(
    _ a: Tensor, _ b: Tensor, by sums: RowSums, into gradients: [Tensor], columnSums totals: [Tensor]? = nil, on crew: Crew
) {
    guard sums.isTree else { return matmul(a, b, transposed: .first, into: gradients[0], columnSums: totals?[0], on: crew) }
    let (depth, rows) = a.matrixShape
    let columns = b.matrixShape.columns
    let unit = depth / max(sums.rows, 1)
    precondition(b.matrixShape.rows == depth && unit * sums.rows == depth, "products of \(a.shape) and \(b.shape), row by row")
    for (index, part) in sums.parts.enumerated() {
        precondition(gradients[index].count == rows * columns, "products of \(a.shape) and \(b.shape) into \(gradients[index].shape)")
        let product = LeafProduct(
            a: a.pointer, b: b.pointer, rows: rows, columns: columns, part: part, unit: unit, c: gradients[index].pointer)
        product.run(on: crew)
        if let totals { sumColumns(b.pointer, columns: columns, of: part, unit: unit, into: totals[index].pointer, on: crew) }
    }
}

/// The sums over a part's rows of a matrix with some rows for each row of the batch, column by column.
func sumColumns(
    _ x: UnsafeMutablePointer<Float>, columns: Int, of part: RowSums.Part, unit: Int, into out: UnsafeMutablePointer<Float>, on crew: Crew
) {
    addLeaves(part.leaves, count: columns, into: out, on: crew) { leaf, place in
        let (first, last) = (part.bounds[leaf] * unit, part.bounds[leaf + 1] * unit)
        columnSums(rows: last - first, columns: columns, x + first * columns, into: place, on: crew)
    }
}

/// The products of one part's micro-shards and their sum.
private struct LeafProduct {
    /// `[depth, rows]` and `[depth, columns]`.
    let a, b: UnsafeMutablePointer<Float>
    let rows, columns: Int
    let part: RowSums.Part
    /// Of the depth, for each row of the batch.
    let unit: Int
    let c: UnsafeMutablePointer<Float>

    func run(on crew: Crew) {
        // A leaf as deep as this is worth a pass over c of its own; one column is summed in vectors, leaf by leaf.
        let deep = 128
        if columns > 1, part.leaves > 1, part.rows.count * unit < deep * part.leaves {
            let blocks = LeafBlocks(self, crew.kernels)
            if blocks.product.depth > 0 { return blocks.run(on: crew) }
        }
        addLeaves(part.leaves, count: rows * columns, into: c, on: crew) { leaf, place in
            multiplyInBestWay(product(part.bounds[leaf]..<part.bounds[leaf + 1], into: place), finish: .nothing, on: crew)
        }
    }

    /// The product over some rows of the batch.
    func product(_ range: Range<Int>, into c: UnsafeMutablePointer<Float>) -> ls_product {
        let first = range.lowerBound * unit
        return ls_product(
            rows: rows, columns: columns, depth: range.count * unit,
            a: ls_operand(data: a + first * rows, row_stride: 1, column_stride: rows, patches: nil),
            b: ls_operand(data: b + first * columns, row_stride: columns, column_stride: 1, patches: nil), bias: nil, adds: false, c: c,
            c_stride: columns, start: 0, column_sums: nil)
    }
}

/// A product of shallow leaves, block by block of the kernel. The longer side is cut among the threads, which pack its panels a block at a
/// time; the other side's are packed before.
private struct LeafBlocks {
    let product: ls_product
    private let leaf: LeafProduct
    private let kernels: ls_kernels
    private let cutsRows: Bool

    init(_ leaf: LeafProduct, _ kernels: ls_kernels) {
        (self.leaf, self.kernels) = (leaf, kernels)
        product = leaf.product(leaf.part.rows, into: leaf.c)
        cutsRows = product.rows >= product.columns
    }

    func run(on crew: Crew) {
        let (rowPanels, columnPanels) = (kernels.rowPanels(product), kernels.columnPanels(product))
        let (cutPanels, cutTile) = cutsRows ? (rowPanels, kernels.tile_rows) : (columnPanels, kernels.tile_columns)
        let (panels, tile) = cutsRows ? (columnPanels, kernels.tile_columns) : (rowPanels, kernels.tile_rows)
        let group = max(1, kernels.blockCount / (cutTile * product.depth))
        let across = cutsRows ? product.columns : product.rows
        let cut = crew.cut(cutPanels, grain: max(1, 128 * 1024 / (cutTile * across * product.depth)))
        let packed = FloatBuffer.aligned(panels * tile * product.depth)
        let block = FloatBuffer.aligned(group * cutTile * product.depth)
        let scratch = crew.scratch(packed + cut.chunks * block)
        let depths = Depths(whole: product.depth)
        pack(product, isRows: !cutsRows, panels: panels, depths: depths, to: scratch, on: crew)
        leaf.part.bounds.withUnsafeBufferPointer { bounds in
            let work = Chunks(
                product: product, kernels: kernels,
                leaves: ls_leaves(bounds: bounds.baseAddress!, count: leaf.part.leaves, unit: leaf.unit),
                cutsRows: cutsRows, packed: scratch, panels: panels, blocks: scratch + packed, blockCount: block, group: group, cut: cut)
            crew.perform(work, chunks: cut.chunks)
        }
    }

    private struct Chunks: ChunkedWork {
        let product: ls_product
        let kernels: ls_kernels
        let leaves: ls_leaves
        let cutsRows: Bool
        let packed: UnsafeMutablePointer<Float>
        let panels: Int
        let blocks: UnsafeMutablePointer<Float>
        let blockCount, group: Int
        let cut: Cut

        func run(chunk: Int) {
            let block = blocks + chunk * blockCount
            let range = cut[chunk]
            let depth = ls_depth(first: 0, last: product.depth)
            withUnsafePointer(to: product) { product in
                for first in stride(from: range.lowerBound, to: range.upperBound, by: group) {
                    let last = min(first + group, range.upperBound)
                    if cutsRows {
                        kernels.pack_rows(product, first, last, depth, block)
                        kernels.multiply_leaves(product, block, packed, first, last, 0, panels, leaves)
                    } else {
                        kernels.pack_columns(product, first, last, depth, block)
                        kernels.multiply_leaves(product, packed, block, 0, panels, first, last, leaves)
                    }
                }
            }
        }
    }
}
