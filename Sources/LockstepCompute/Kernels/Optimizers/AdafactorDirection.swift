import CKernels

/// The direction in which Adafactor moves a weight, before its length is bounded: the gradient divided by the root of
/// an average of its squares, `v = β·v + (1 − β)(g² + ε)`.
///
/// Of matrices and tensors of more dimensions it averages the squares of rows and of columns of the last two dimensions
/// alone: `v = r·cᵀ / mean(r)`. The order of additions depends only on the shape.
package struct AdafactorDirection: Sendable {
    private static let grain = 16 * 1024
    private let gradient, square: Tensor
    private let factors: Factors?

    /// The averages over rows `[matrices, rows]` and over columns `[matrices, columns]`.
    private struct Factors {
        let rows, columns: Tensor
        let rowCount, columnCount: Int
    }

    /// - Parameters:
    ///   - gradient: of the shape of the weight; the direction takes its place.
    ///   - rows: an average for each row, of the weight's shape without the last dimension.
    ///   - columns: an average for each column, of the weight's shape without the last dimension but one.
    ///   - square: the average for each element, of the weight's shape.
    package init(_ gradient: Tensor, rows: Tensor, columns: Tensor, square: Tensor) {
        let shape = gradient.shape
        precondition(square.count == shape.count, "averages \(square.shape) for a weight \(shape)")
        (self.gradient, self.square) = (gradient, square)
        guard shape.rank > 1 else {
            factors = nil
            return
        }
        let (rowCount, columnCount) = (shape[shape.rank - 2], shape[shape.rank - 1])
        precondition(
            rows.count * columnCount == shape.count && columns.count * rowCount == shape.count,
            "averages \(rows.shape) and \(columns.shape) for a weight \(shape)")
        factors = Factors(rows: rows, columns: columns, rowCount: rowCount, columnCount: columnCount)
    }

    /// - Parameters:
    ///   - decay: β, the part of the averages that stays.
    ///   - epsilon: ε, what is added to squares.
    package func apply(decay: Double, epsilon: Double, on crew: Crew) {
        let rates = ls_adafactor_rates(decay: Float(decay), rest: Float(1 - decay), epsilon: Float(epsilon))
        guard let factors, gradient.count > 0 else {
            let work = VectorWork(
                kernels: crew.kernels, rates: rates, gradient: gradient.pointer, square: square.pointer,
                cut: crew.cut(gradient.count, grain: Self.grain))
            return crew.perform(work, chunks: work.cut.chunks)
        }
        let averages = (rows: factors.rows, columns: factors.columns)
        let rowWork = RowAverages(
            kernels: crew.kernels, rates: rates, columns: factors.columnCount, gradient: gradient.pointer,
            averages: averages.rows.pointer,
            cut: crew.cut(averages.rows.count, grain: max(1, Self.grain / factors.columnCount)))
        crew.perform(rowWork, chunks: rowWork.cut.chunks)
        let columnWork = ColumnAverages(
            rates: rates, rows: factors.rowCount, columns: factors.columnCount, gradient: gradient.pointer,
            averages: averages.columns.pointer,
            cut: crew.cut(averages.columns.count, grain: max(1, Self.grain / factors.rowCount)))
        crew.perform(columnWork, chunks: columnWork.cut.chunks)
        let division = Division(
            kernels: crew.kernels, rows: factors.rowCount, columns: factors.columnCount, gradient: gradient.pointer,
            square: square.pointer, rowAverages: averages.rows.pointer, columnAverages: averages.columns.pointer,
            cut: crew.cut(averages.rows.count, grain: max(1, Self.grain / factors.columnCount)))
        crew.perform(division, chunks: division.cut.chunks)
    }

    private struct VectorWork: ChunkedWork {
        let kernels: ls_kernels
        let rates: ls_adafactor_rates
        let gradient, square: UnsafeMutablePointer<Float>
        let cut: Cut

        func run(chunk: Int) {
            let first = cut[chunk].lowerBound
            kernels.adafactor(cut[chunk].count, rates, gradient + first, square + first)
        }
    }

    private struct RowAverages: ChunkedWork {
        let kernels: ls_kernels
        let rates: ls_adafactor_rates
        let columns: Int
        let gradient, averages: UnsafeMutablePointer<Float>
        let cut: Cut

        func run(chunk: Int) {
            for row in cut[chunk] {
                let squares = kernels.penalty(columns, 0, 1, gradient + row * columns)
                averages[row] = rates.average(averages[row], of: squares / Float(columns))
            }
        }
    }

    private struct ColumnAverages: ChunkedWork {
        let rates: ls_adafactor_rates
        let rows, columns: Int
        let gradient, averages: UnsafeMutablePointer<Float>
        let cut: Cut
        /// The most neighbouring columns that are processed together.
        private static let most = 64

        init(
            rates: ls_adafactor_rates, rows: Int, columns: Int, gradient: UnsafeMutablePointer<Float>,
            averages: UnsafeMutablePointer<Float>, cut: Cut
        ) {
            (self.rates, self.rows, self.columns) = (rates, rows, columns)
            (self.gradient, self.averages, self.cut) = (gradient, averages, cut)
        }

        func run(chunk: Int) {
            withUnsafeTemporaryAllocation(of: Double.self, capacity: Self.most) { squares in
                var first = cut[chunk].lowerBound
                while first < cut[chunk].upperBound {
                    let (matrix, column) = (first / columns, first % columns)
                    let count = min(Self.most, cut[chunk].upperBound - first, columns - column)
                    for index in 0..<count { squares[index] = 0 }
                    for row in 0..<rows {
                        let place = gradient + (matrix * rows + row) * columns + column
                        for index in 0..<count { squares[index] += Double(place[index]) * Double(place[index]) }
                    }
                    for index in 0..<count {
                        averages[first + index] = rates.average(
                            averages[first + index], of: Float(squares[index] / Double(rows)))
                    }
                    first += count
                }
            }
        }
    }

    private struct Division: ChunkedWork {
        let kernels: ls_kernels
        let rows, columns: Int
        let gradient, square, rowAverages, columnAverages: UnsafeMutablePointer<Float>
        let cut: Cut

        func run(chunk: Int) {
            var (matrix, mean) = (-1, Float(1))
            for row in cut[chunk] {
                if row / rows != matrix {
                    matrix = row / rows
                    mean = Float((0..<rows).reduce(0.0) { $0 + Double(rowAverages[matrix * rows + $1]) } / Double(rows))
                }
                kernels.adafactor_row(
                    columns, rowAverages[row] / mean, columnAverages + matrix * columns, gradient + row * columns,
                    square + row * columns)
            }
        }
    }
}

extension ls_adafactor_rates {
    /// An average after a step whose mean of squares is given.
    fileprivate func average(_ before: Float, of squares: Float) -> Float {
        decay * before + rest * (squares + epsilon)
    }
}
