import CKernels

/// The gradient of a kernel that rows are multiplied with: `Σ over rows of aᵀ·b`, with a `[rows, …, inputs]` and b
/// `[rows, …, columns]`.
///
/// If matrices have several rows for each row of the batch, these rows lie together.
///
/// - Parameters:
///   - sums: over which rows, and in which order.
///   - gradients: one tensor `[inputs, columns]` for each part of the sums.
///   - columnSums: one tensor for each part; overwritten with the sums of b's columns.
package func rowProducts(
    _ a: Tensor, _ b: Tensor, by sums: RowPartition, into gradients: [Tensor], columnSums totals: [Tensor]? = nil,
    on crew: Crew
) {
    guard sums.isTree else {
        return matmul(a, b, transposed: .first, into: gradients[0], columnSums: totals?[0], on: crew)
    }
    let (depth, rows) = a.matrixShape
    let columns = b.matrixShape.columns
    let unit = depth / max(sums.rows, 1)
    precondition(
        b.matrixShape.rows == depth && unit * sums.rows == depth, "products of \(a.shape) and \(b.shape), row by row")
    for (index, part) in sums.parts.enumerated() {
        precondition(
            gradients[index].count == rows * columns,
            "products of \(a.shape) and \(b.shape) into \(gradients[index].shape)")
        let product = LeafProduct(
            a: a.pointer, b: b.pointer, rows: rows, columns: columns, part: part, unit: unit,
            c: gradients[index].pointer)
        product.run(on: crew)
        if let totals {
            sumColumns(b.pointer, columns: columns, of: part, unit: unit, into: totals[index].pointer, on: crew)
        }
    }
}

/// The sum of each column of a matrix over the rows of a part. The matrix has `unit` rows for each row of the batch.
func sumColumns(
    _ x: UnsafeMutablePointer<Float>, columns: Int, of part: RowPartition.Part, unit: Int,
    into out: UnsafeMutablePointer<Float>,
    on crew: Crew
) {
    addLeaves(part.leaves, count: columns, into: out, on: crew) { leaf, place in
        let (first, last) = (part.bounds[leaf] * unit, part.bounds[leaf + 1] * unit)
        columnSums(rows: last - first, columns: columns, x + first * columns, into: place, on: crew)
    }
}

/// The products of one part's micro-shards and their sum.
struct LeafProduct {
    /// `[depth, rows]` and `[depth, columns]`.
    let a, b: UnsafeMutablePointer<Float>
    let rows, columns: Int
    let part: RowPartition.Part
    /// Rows of a and b for each row of the batch.
    let unit: Int
    let c: UnsafeMutablePointer<Float>

    func run(on crew: Crew) {
        // A leaf of this depth is worth its own pass over c. One column is summed in vectors, leaf by leaf.
        let deep = 128
        if columns > 1, part.leaves > 1, part.rows.count * unit < deep * part.leaves {
            let blocks = LeafBlocks(self, crew.kernels)
            if blocks.product.depth > 0 { return blocks.run(on: crew) }
        }
        addLeaves(part.leaves, count: rows * columns, into: c, on: crew) { leaf, place in
            gemm(product(part.bounds[leaf]..<part.bounds[leaf + 1], into: place), epilogue: .nothing, on: crew)
        }
    }

    /// The product over some rows of the batch.
    func product(_ range: Range<Int>, into c: UnsafeMutablePointer<Float>) -> ls_product {
        let first = range.lowerBound * unit
        return ls_product(
            rows: rows, columns: columns, depth: range.count * unit,
            a: ls_operand(data: a + first * rows, row_stride: 1, column_stride: rows, patches: nil),
            b: ls_operand(data: b + first * columns, row_stride: columns, column_stride: 1, patches: nil), bias: nil,
            adds: false, c: c,
            c_stride: columns, start: 0, column_sums: nil)
    }
}
