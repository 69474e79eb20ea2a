import CKernels

/// Elements worth handing to another thread.
private let grain = 16 * 1024

extension Tensor {
    /// Copies rows of a table `[rows, width]` for each of some whole numbers, int32 or floats below `wholeNumberLimit`.
    /// A number that names no row gives zeros.
    ///
    /// - Returns: the position of the first number that names no row; nil if all do.
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

/// Adds each row of `values` to the row of a table that its number names, in order; the table begins at zero, and
/// numbers that name no row are passed over.
///
/// - Parameters:
///   - sums: over which rows of `values`, and in which order.
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

/// Each chunk takes some columns of all rows, so that no two threads meet and each sum is in order.
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
