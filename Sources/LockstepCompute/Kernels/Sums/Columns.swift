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
///
/// - Parameter affine: y is the gradient of this function of x, and is taken as that in front of the activation. If
///   `affine.overwrites`, y is replaced by that.
package func columnProducts(
    _ x: Tensor, center: Tensor, _ y: Tensor, behind affine: ActivatedColumns? = nil, by sums: RowPartition,
    into out: Tensor, on crew: Crew
) {
    eachLeaf(.products, x, center, y, affine, by: sums, into: out, on: crew)
}

func columnSums(
    rows: Int, columns: Int, _ x: UnsafeMutablePointer<Float>, into out: UnsafeMutablePointer<Float>, on crew: Crew
) {
    sum(.plain, rows: rows, columns: columns, x, nil, nil, nil, first: 0, into: out, on: crew)
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

/// An activation of an affine function of columns, `f(x ⊙ a + c)`; a and c hold one value for each column.
package struct ActivatedColumns {
    let function: ActivationFunction
    let x, a, c: Tensor
    /// Whether gradients in front of the activation replace those behind it, because they take longer to compute again
    /// than to read.
    package var overwrites: Bool { function != .relu && function != .relu6 }

    /// Nil for a linear f, which changes no gradient.
    package init?(_ function: ActivationFunction, _ x: Tensor, _ a: Tensor, _ c: Tensor) {
        guard function != .linear else { return nil }
        (self.function, self.x, self.a, self.c) = (function, x, a, c)
    }
}

/// `out = f(x ⊙ a + c)`; a and c hold one value for each column.
package func affineColumns(
    _ x: Tensor, _ a: Tensor, _ c: Tensor, activation: ActivationFunction = .linear, into out: Tensor, on crew: Crew
) {
    affineColumns(x, a, nil, c, activation, nil, into: out, on: crew)
}

/// `out = x ⊙ a + y ⊙ b + c`; a, b and c hold one value for each column.
///
/// - Parameter affine: x is the gradient of this function, and is taken as that of the function's x in front of the
///   activation.
package func affineColumns(
    _ x: Tensor, _ a: Tensor, behind affine: ActivatedColumns? = nil, plus other: (y: Tensor, b: Tensor)? = nil,
    _ c: Tensor, into out: Tensor, on crew: Crew
) {
    affineColumns(x, a, other, c, .linear, affine, into: out, on: crew)
}

private func affineColumns(
    _ x: Tensor, _ a: Tensor, _ other: (y: Tensor, b: Tensor)?, _ c: Tensor, _ activation: ActivationFunction,
    _ affine: ActivatedColumns?, into out: Tensor, on crew: Crew
) {
    let (rows, columns) = x.matrixShape
    precondition(
        a.count == columns && c.count == columns && out.count == x.count, "columns of \(x.shape) times \(a.shape)")
    precondition(other.map { $0.y.count == x.count && $0.b.count == columns } ?? true, "columns of \(x.shape)")
    let cut = crew.cut(rows, grain: max(1, grain / max(columns, 1)))
    let blockRows = max(1, blockElements / max(columns, 1))
    let work = AffineColumns(
        kernels: crew.kernels, columns: columns, x: x.pointer, a: a.pointer, y: other?.y.pointer, b: other?.b.pointer,
        c: c.pointer, activation: activation, behind: affine.map { BehindColumns($0, crew.kernels) }, out: out.pointer,
        blockRows: blockRows, scratch: affine.map { _ in crew.scratch(cut.chunks * blockRows * columns) }, cut: cut)
    crew.perform(work, chunks: cut.chunks)
}

/// Elements that stay in the first-level cache from one step of a pass to the next.
private let blockElements = 4 * 1024

/// Turns gradients of `f(x ⊙ a + c)` into gradients in front of f.
private struct BehindColumns {
    let kernels: ls_kernels
    let function: ActivationFunction
    let x, a, c: UnsafeMutablePointer<Float>
    let overwrites: Bool

    init(_ affine: ActivatedColumns, _ kernels: ls_kernels) {
        self.kernels = kernels
        (function, x, a, c) = (affine.function, affine.x.pointer, affine.a.pointer, affine.c.pointer)
        overwrites = affine.overwrites
    }

    /// Writes the gradients of some rows in front of f.
    ///
    /// - Parameters:
    ///   - row: the number of the first of the rows of x.
    ///   - dy: the gradients of these rows behind f.
    func gradients(
        rows: Int, columns: Int, from row: Int, _ dy: UnsafeMutablePointer<Float>,
        into dz: UnsafeMutablePointer<Float>
    ) {
        let (identifier, first, second) = function.elementKernel
        kernels.affine_gradient(identifier, first, second, rows, columns, x + row * columns, a, c, dy, dz)
    }
}

private enum ColumnTerm { case plain, squares, products }

private func eachLeaf(
    _ term: ColumnTerm, _ x: Tensor, _ center: Tensor?, _ y: Tensor?, _ affine: ActivatedColumns? = nil,
    by sums: RowPartition, into out: Tensor, on crew: Crew
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
                center?.pointer, y.map { $0.pointer + first * columns },
                affine.map { BehindColumns($0, crew.kernels) }, first: first, into: place, on: crew)
            place += width
        }
    }
}

/// Sums blocks of a fixed number of rows, then adds the blocks' sums. This is more exact than one long sum, and does
/// not depend on the threads.
///
/// - Parameter first: the number of the first row in `behind`.
private func sum(
    _ term: ColumnTerm, rows: Int, columns: Int, _ x: UnsafeMutablePointer<Float>,
    _ center: UnsafeMutablePointer<Float>?, _ y: UnsafeMutablePointer<Float>?, _ behind: BehindColumns?, first: Int,
    into out: UnsafeMutablePointer<Float>, on crew: Crew
) {
    let width = term == .products ? 2 * columns : columns
    let blockRows = 256
    let blocks = (rows + blockRows - 1) / blockRows
    let cut = crew.cut(max(blocks, 1), grain: max(1, grain / max(blockRows * columns, 1)))
    let room = behind.map { $0.overwrites ? 0 : min(blockRows, rows) * columns } ?? 0
    let scratch = crew.scratch(cut.chunks * room + (blocks > 1 ? blocks * width : 0))
    let sums = blocks > 1 ? scratch + cut.chunks * room : out
    let work = ColumnSums(
        term: term, kernels: crew.kernels, rows: rows, columns: columns, blockRows: blockRows, x: x, center: center,
        y: y, behind: behind, first: first, scratch: scratch, room: room, width: width, sums: sums, cut: cut)
    crew.perform(work, chunks: cut.chunks)
    if blocks > 1 { crew.kernels.column_sums(blocks, width, sums, out) }
}

private struct ColumnSums: ChunkedWork {
    let term: ColumnTerm
    let kernels: ls_kernels
    let rows, columns, blockRows: Int
    let x: UnsafeMutablePointer<Float>
    let center, y: UnsafeMutablePointer<Float>?
    let behind: BehindColumns?
    /// The number of the first row in `behind`.
    let first: Int
    /// For each chunk, room for the gradients of a block.
    let scratch: UnsafeMutablePointer<Float>
    let room, width: Int
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
                var gradients = y + place
                if let behind {
                    let dz = behind.overwrites ? gradients : scratch + chunk * room
                    let few = max(1, blockElements / max(columns, 1))
                    for row in stride(from: 0, to: count, by: few) {
                        behind.gradients(
                            rows: min(few, count - row), columns: columns, from: self.first + first + row,
                            gradients + row * columns, into: dz + row * columns)
                    }
                    gradients = dz
                }
                kernels.column_products(count, columns, x + place, center, gradients, to)
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
    let c: UnsafeMutablePointer<Float>
    let activation: ActivationFunction
    let behind: BehindColumns?
    let out: UnsafeMutablePointer<Float>
    let blockRows: Int
    /// For each chunk, room for the gradients of a block; nil if x is taken as it is.
    let scratch: UnsafeMutablePointer<Float>?
    let cut: Cut

    func run(chunk: Int) {
        let all = cut[chunk]
        let place = all.lowerBound * columns
        if activation != .linear {
            let (function, first, second) = activation.elementKernel
            kernels.affine_activation(
                function, first, second, all.count, columns, x + place, a, c, out + place)
        } else if let behind, let scratch {
            let dz = scratch + chunk * blockRows * columns
            for row in stride(from: all.lowerBound, to: all.upperBound, by: blockRows) {
                let rows = row..<min(row + blockRows, all.upperBound)
                behind.gradients(rows: rows.count, columns: columns, from: row, x + row * columns, into: dz)
                run(rows, dz)
            }
        } else {
            run(all, x + place)
        }
    }

    /// - Parameter x: where the rows begin.
    private func run(_ rows: Range<Int>, _ x: UnsafeMutablePointer<Float>) {
        let place = rows.lowerBound * columns
        if let y, let b {
            kernels.affine_columns_of_two(rows.count, columns, x, a, y + place, b, c, out + place)
        } else {
            kernels.affine_columns(rows.count, columns, x, a, c, out + place)
        }
    }
}
