import CKernels

/// Elements worth handing to another thread.
private let grain = 16 * 1024

/// `out[j] = Σ over rows of x[i][j]`. Tensors of more than two dimensions count as matrices whose columns are the last
/// dimension.
package func columnSums(_ x: Tensor, into out: Tensor, on crew: Crew) {
    let (rows, columns) = x.matrixShape
    precondition(out.count == columns, "column sums of \(x.shape) into \(out.shape)")
    columnSums(rows: rows, columns: columns, x.pointer, into: out.pointer, on: crew)
}

/// For each micro-shard, in its own row of `out`: `out[j] = Σ over its rows of x[i][j]`.
package func columnSums(_ x: Tensor, by sums: RowPartition, into out: Tensor, on crew: Crew) {
    eachLeaf(.plain, x, nil, nil, by: sums, into: out, on: crew)
}

/// For each micro-shard, in its own row of `out`: `out[j] = Σ over its rows of (x[i][j] − center[j])²`.
package func columnSquares(_ x: Tensor, center: Tensor, by sums: RowPartition, into out: Tensor, on crew: Crew) {
    eachLeaf(.squares, x, center, nil, by: sums, into: out, on: crew)
}

/// For each micro-shard, in its own row of `out`: `out[0][j] = Σ over its rows of y[i][j]` and
/// `out[1][j] = Σ of (x[i][j] − center[j])·y[i][j]`.
package func columnProducts(
    _ x: Tensor, center: Tensor, _ y: Tensor, by sums: RowPartition, into out: Tensor, on crew: Crew
) {
    eachLeaf(.products, x, center, y, by: sums, into: out, on: crew)
}

func columnSums(
    rows: Int, columns: Int, _ x: UnsafeMutablePointer<Float>, into out: UnsafeMutablePointer<Float>, on crew: Crew
) {
    sum(.plain, rows: rows, columns: columns, x, nil, nil, into: out, on: crew)
}

/// The sums over the rows of each part, `out[part][place + j] = Σ of x[i][j]`, in the order that the parts prescribe.
///
/// - Parameter place: where the sums begin in each `out`, if it has several rows of columns.
package func columnTotals(_ x: Tensor, by sums: RowPartition, into out: [Tensor], at place: Int = 0, on crew: Crew) {
    let (rows, columns) = x.matrixShape
    let unit = rows / max(sums.rows, 1)
    precondition(
        unit * sums.rows == rows && out.allSatisfy { $0.count >= place + columns }, "column sums of \(x.shape)")
    for (part, total) in zip(sums.parts, out) {
        sumColumns(x.pointer, columns: columns, of: part, unit: unit, into: total.pointer + place, on: crew)
    }
}

/// `out = x ⊙ a + c`, or with y and b `x ⊙ a + y ⊙ b + c`; a, b and c hold one value for each column.
package func affineColumns(
    _ x: Tensor, _ a: Tensor, plus other: (y: Tensor, b: Tensor)? = nil, _ c: Tensor, into out: Tensor, on crew: Crew
) {
    let (rows, columns) = x.matrixShape
    precondition(
        a.count == columns && c.count == columns && out.count == x.count, "columns of \(x.shape) times \(a.shape)")
    precondition(other.map { $0.y.count == x.count && $0.b.count == columns } ?? true, "columns of \(x.shape)")
    let work = AffineColumns(
        kernels: crew.kernels, columns: columns, x: x.pointer, a: a.pointer, y: other?.y.pointer, b: other?.b.pointer,
        c: c.pointer,
        out: out.pointer, cut: crew.cut(rows, grain: max(1, grain / max(columns, 1))))
    crew.perform(work, chunks: work.cut.chunks)
}

private enum ColumnTerm { case plain, squares, products }

private func eachLeaf(
    _ term: ColumnTerm, _ x: Tensor, _ center: Tensor?, _ y: Tensor?, by sums: RowPartition, into out: Tensor,
    on crew: Crew
) {
    let (rows, columns) = x.matrixShape
    let width = term == .products ? 2 * columns : columns
    precondition(
        out.count == sums.leaves * width && (center?.count ?? columns) == columns,
        "column sums of \(x.shape) into \(out.shape)")
    let unit = rows / max(sums.rows, 1)
    precondition((y?.count ?? x.count) == x.count && unit * sums.rows == rows, "column sums of \(x.shape)")
    var place = out.pointer
    for part in sums.parts {
        for leaf in 0..<part.leaves {
            let first = part.bounds[leaf] * unit
            sum(
                term, rows: part.bounds[leaf + 1] * unit - first, columns: columns, x.pointer + first * columns,
                center?.pointer,
                y.map { $0.pointer + first * columns }, into: place, on: crew)
            place += width
        }
    }
}

/// Sums blocks of a fixed number of rows, then adds the blocks' sums. This is more exact than one long sum, and does
/// not depend on the threads.
private func sum(
    _ term: ColumnTerm, rows: Int, columns: Int, _ x: UnsafeMutablePointer<Float>,
    _ center: UnsafeMutablePointer<Float>?,
    _ y: UnsafeMutablePointer<Float>?, into out: UnsafeMutablePointer<Float>, on crew: Crew
) {
    let width = term == .products ? 2 * columns : columns
    let blockRows = 256
    let blocks = (rows + blockRows - 1) / blockRows
    let sums = blocks > 1 ? crew.scratch(blocks * width) : out
    let work = ColumnSums(
        term: term, kernels: crew.kernels, rows: rows, columns: columns, blockRows: blockRows, x: x, center: center,
        y: y, width: width,
        sums: sums, cut: crew.cut(max(blocks, 1), grain: max(1, grain / max(blockRows * columns, 1))))
    crew.perform(work, chunks: work.cut.chunks)
    if blocks > 1 { crew.kernels.column_sums(blocks, width, sums, out) }
}

private struct ColumnSums: ChunkedWork {
    let term: ColumnTerm
    let kernels: ls_kernels
    let rows, columns, blockRows: Int
    let x: UnsafeMutablePointer<Float>
    let center, y: UnsafeMutablePointer<Float>?
    let width: Int
    let sums: UnsafeMutablePointer<Float>
    let cut: Cut

    func run(chunk: Int) {
        for block in cut[chunk] {
            let first = block * blockRows
            let (count, place) = (min(blockRows, rows - first), first * columns)
            let to = sums + block * width
            switch (term, center, y) {
            case (.squares, let center?, _): kernels.column_squares(count, columns, x + place, center, to)
            case (.products, let center?, let y?):
                kernels.column_products(count, columns, x + place, center, y + place, to)
            default: kernels.column_sums(count, columns, x + place, to)
            }
        }
    }
}

private struct AffineColumns: ChunkedWork {
    let kernels: ls_kernels
    let columns: Int
    let x, a: UnsafeMutablePointer<Float>
    let y, b: UnsafeMutablePointer<Float>?
    let c, out: UnsafeMutablePointer<Float>
    let cut: Cut

    func run(chunk: Int) {
        let (first, rows) = (cut[chunk].lowerBound * columns, cut[chunk].count)
        if let y, let b {
            kernels.affine_columns_of_two(rows, columns, x + first, a, y + first, b, c, out + first)
        } else {
            kernels.affine_columns(rows, columns, x + first, a, c, out + first)
        }
    }
}
