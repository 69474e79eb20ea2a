/// The least number of elements per thread.
private let grain = 16 * 1024

/// Copies, in each row of the last dimension, the elements at some places: `out[j] = x[places[j]]`.
///
/// - Parameters:
///   - x: `[rows…, n]`.
///   - places: `[rows…, m]` of whole numbers from 0 to below n. A place that is none gives 0.
///   - out: `[rows…, m]`.
/// - Returns: the position of the first place that is none; nil if all are some.
package func take(_ x: Tensor, at places: Tensor, into out: Tensor) -> Int? {
    let ((rows, n), (_, m)) = (x.matrixShape, places.matrixShape)
    precondition(out.count == rows * m && places.count == rows * m, "elements \(places.shape) of \(x.shape)")
    let numbers = places.wholeNumbers
    var wrong: Int?
    for row in 0..<rows {
        for position in row * m..<(row + 1) * m {
            let place = numbers[position, below: n]
            if place == nil { wrong = wrong ?? position }
            out.pointer[position] = place.map { x.pointer[row * n + $0] } ?? 0
        }
    }
    return wrong
}

/// Overwrites sums with the elements that were taken from their places: the gradient of `take`.
package func addTaken(_ values: Tensor, at places: Tensor, into sums: Tensor, on crew: Crew) {
    let ((rows, n), (_, m)) = (sums.matrixShape, places.matrixShape)
    precondition(values.count == rows * m && places.count == rows * m, "elements \(places.shape) of \(sums.shape)")
    let work = TakenAddition(
        values: values.pointer, places: places.wholeNumbers, sums: sums.pointer, n: n, m: m,
        cut: crew.cut(rows, grain: max(1, grain / max(m + n, 1))))
    crew.perform(work, chunks: work.cut.chunks)
}

/// Each chunk takes some rows.
private struct TakenAddition: ChunkedWork {
    let values: UnsafeMutablePointer<Float>
    let places: WholeNumbers
    let sums: UnsafeMutablePointer<Float>
    let n, m: Int
    let cut: Cut

    func run(chunk: Int) {
        for row in cut[chunk] {
            (sums + row * n).update(repeating: 0, count: n)
            for position in row * m..<(row + 1) * m {
                if let place = places[position, below: n] { sums[row * n + place] += values[position] }
            }
        }
    }
}
