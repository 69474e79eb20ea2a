/// Exchanges rows and steps of time, micro-shard by micro-shard. x is `[rows, time, …]`. Each of its micro-shards
/// becomes `[time, rows, …]`, and they lie one after another.
///
/// - Parameters:
///   - bounds: where each micro-shard begins, and then where the last one ends.
///   - reversed: count time from its end.
///   - undoing: do the reverse.
package func exchangeTime(
    _ x: Tensor, _ time: Int, bounds: [Int], reversed: Bool = false, undoing: Bool = false, into out: Tensor
) {
    let rows = bounds[bounds.count - 1]
    let width = x.count / max(rows * time, 1)
    precondition(x.count == out.count && x.count == rows * time * width, "axes of \(x.shape) into \(out.shape)")
    for leaf in 0..<bounds.count - 1 {
        let (first, count) = (bounds[leaf], bounds[leaf + 1] - bounds[leaf])
        let (from, to) = (x.pointer + first * time * width, out.pointer + first * time * width)
        for step in 0..<time {
            let place = reversed ? time - 1 - step : step
            for row in 0..<count {
                let (here, there) = ((row * time + place) * width, (step * count + row) * width)
                (to + (undoing ? here : there)).update(from: from + (undoing ? there : here), count: width)
            }
        }
    }
}
