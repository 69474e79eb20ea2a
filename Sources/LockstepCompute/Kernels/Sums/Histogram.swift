/// Adds up weights by whole numbers: `sums[k] = Σ weights[i]` over the i with `numbers[i] = k`, for each row of the
/// last dimension. Numbers without a sum do not count.
///
/// - Parameters:
///   - weights: `[rows…, n]`, as the numbers.
///   - sums: `[rows…, bins]`.
package func countWeights(_ weights: Tensor, at numbers: Tensor, into sums: Tensor) {
    let (rows, columns) = numbers.matrixShape
    let bins = sums.shape.last ?? 0
    precondition(weights.count == numbers.count && sums.count == rows * bins, "\(sums.shape) for \(numbers.shape)")
    sums.fill(0)
    for row in 0..<rows {
        let (number, weight, sum) = (
            numbers.pointer + row * columns, weights.pointer + row * columns, sums.pointer + row * bins
        )
        for column in 0..<columns {
            guard let bin = Int(exactly: number[column]), bin >= 0, bin < bins else { continue }
            sum[bin] += weight[column]
        }
    }
}

/// Writes 1 at the largest elements of each row of the last dimension, else 0. Of equal elements, the first count as
/// larger. NaN counts as larger than all numbers.
package func markLargest(_ count: Int, of x: Tensor, into marks: Tensor) {
    let (rows, columns) = x.matrixShape
    precondition(count <= columns && marks.count == x.count, "\(count) of \(x.shape)")
    marks.fill(0)
    func isLarger(_ a: Float, than b: Float) -> Bool { a > b || a.isNaN && !b.isNaN }
    for row in 0..<rows {
        let (elements, marks) = (x.pointer + row * columns, marks.pointer + row * columns)
        for _ in 0..<count {
            var best: Int?
            for column in 0..<columns where marks[column] == 0 {
                if best.map({ isLarger(elements[column], than: elements[$0]) }) ?? true { best = column }
            }
            if let best { marks[best] = 1 }
        }
    }
}
