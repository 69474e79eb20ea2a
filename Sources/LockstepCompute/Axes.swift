/// Exchanges the first two dimensions: x `[a, b, …]` into `[b, a, …]`.
///
/// - Parameters:
///   - reversed: count b from its end.
///   - undoing: the reverse of what this does, from `[b, a, …]` into `[a, b, …]`.
package func exchangeAxes(_ x: Tensor, _ a: Int, _ b: Int, reversed: Bool = false, undoing: Bool = false, into out: Tensor) {
    let width = x.count / max(a * b, 1)
    precondition(x.count == out.count && x.count == a * b * width, "axes of \(x.shape) into \(out.shape)")
    for second in 0..<b {
        let place = reversed ? b - 1 - second : second
        for first in 0..<a {
            let (here, there) = ((first * b + place) * width, (second * a + first) * width)
            (out.pointer + (undoing ? here : there)).update(from: x.pointer + (undoing ? there : here), count: width)
        }
    }
}
