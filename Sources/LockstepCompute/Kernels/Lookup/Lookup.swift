import CKernels

/// The least number of elements per thread.
private let grain = 16 * 1024

extension Tensor {
    /// Copies the row of this table, `[rows, width]`, for each whole number. Numbers are int32, or floats below
    /// `wholeNumberLimit`. A number without a row gives zeros.
    ///
    /// - Returns: the position of the first number without a row; nil if all have one.
    package func lookUp(_ numbers: Tensor, into out: Tensor) -> Int? {
        let (rows, width) = matrixShape
        precondition(out.count == numbers.count * width, "rows of \(shape) for \(numbers.shape) into \(out.shape)")
        let wholeNumbers = numbers.wholeNumbers
        var wrong: Int?
        for position in 0..<numbers.count {
            let target = out.pointer + position * width
            if let row = wholeNumbers[position, below: rows] {
                target.update(from: pointer + row * width, count: width)
            } else {
                target.update(repeating: 0, count: width)
                wrong = wrong ?? position
            }
        }
        return wrong
    }
}

/// Overwrites tables with sums: adds each row of `values` to the table row of its number, in order. Numbers without a
/// row are skipped.
///
/// - Parameters:
///   - sums: the rows of `values` to sum, and the order of the sum.
///   - tables: one for each part of the sums.
package func addRows(_ values: Tensor, at numbers: Tensor, by sums: RowPartition, into tables: [Tensor], on crew: Crew)
{
    let unit = numbers.count / max(sums.rows, 1)
    for (part, table) in zip(sums.parts, tables) {
        let (rows, width) = table.matrixShape
        precondition(
            values.count == numbers.count * width && unit * sums.rows == numbers.count,
            "rows \(values.shape) for \(numbers.shape) into \(table.shape)")
        addLeaves(part.leaves, count: rows * width, into: table.pointer, on: crew) { leaf, place in
            let first = part.bounds[leaf] * unit
            let count = part.bounds[leaf + 1] * unit - first
            let work = RowAddition(
                kernels: crew.kernels, values: values.pointer + first * width, numbers: numbers.wholeNumbers + first,
                count: count, table: place,
                rows: rows, width: width, cut: crew.cut(width, grain: max(16, grain / max(count, 1))))
            crew.perform(work, chunks: work.cut.chunks)
        }
    }
}

/// Each chunk takes some columns of all rows, so that threads write to different elements, and each sum is in order.
private struct RowAddition: ChunkedWork {
    let kernels: ls_kernels
    let values: UnsafeMutablePointer<Float>
    let numbers: WholeNumbers
    let count: Int
    let table: UnsafeMutablePointer<Float>
    let rows, width: Int
    let cut: Cut

    func run(chunk: Int) {
        let (first, columns) = (cut[chunk].lowerBound, cut[chunk].count)
        for row in 0..<rows { (table + row * width + first).update(repeating: 0, count: columns) }
        for position in 0..<count {
            guard let row = numbers[position, below: rows] else { continue }
            let target = table + row * width + first
            kernels.add(columns, values + position * width + first, target, target)
        }
    }
}
