/// Elements worth handing to another thread: about 4 µs of four passes in the cache.
private let grain = 8 * 1024

/// Brings each vector along the last dimension to mean 0 and deviation 1, then scales and shifts it:
/// `x̂ = (x − mean(x))/√(var(x) + ε)`, `y = x̂ ⊙ scale + offset`.
///
/// - Parameters:
///   - scale: `[features]`; nil: 1. `offset` has the same shape; nil: 0.
///   - normalized: overwritten with x̂.
///   - inverse: overwritten with 1/√(var(x) + ε) of each vector.
package func normalizeRows(
    _ x: Tensor, epsilon: Float, scale: Tensor?, offset: Tensor?, normalized: Tensor, inverse: Tensor, into y: Tensor,
    on crew: Crew
) {
    let (rows, columns) = x.matrixShape
    precondition(
        y.count == x.count && normalized.count == x.count && inverse.count == rows
            && (scale?.count ?? columns) == columns
            && (offset?.count ?? columns) == columns, "normalization of \(x.shape) into \(y.shape)")
    let work = Normalization(
        columns: columns, epsilon: epsilon, x: x.pointer, scale: scale?.pointer, offset: offset?.pointer,
        normalized: normalized.pointer,
        inverse: inverse.pointer, y: y.pointer, cut: crew.cut(rows, grain: max(1, grain / max(columns, 1))))
    crew.perform(work, chunks: work.cut.chunks)
}

/// The gradient of x in `normalizeRows`. With g = dy ⊙ scale: `dx = inverse·(g − mean(g) − x̂·mean(g ⊙ x̂))`.
///
/// - Parameters:
///   - normalized: x̂ from `normalizeRows`. `inverse` comes from it too.
///   - dx: may be dy.
package func normalizeRowsGradient(
    _ dy: Tensor, scale: Tensor?, normalized: Tensor, inverse: Tensor, into dx: Tensor, on crew: Crew
) {
    let (rows, columns) = dy.matrixShape
    precondition(
        dx.count == dy.count && normalized.count == dy.count && inverse.count == rows
            && (scale?.count ?? columns) == columns,
        "the gradient of a normalization of \(dy.shape)")
    let work = NormalizationGradient(
        columns: columns, dy: dy.pointer, scale: scale?.pointer, normalized: normalized.pointer,
        inverse: inverse.pointer,
        dx: dx.pointer, cut: crew.cut(rows, grain: max(1, grain / max(columns, 1))))
    crew.perform(work, chunks: work.cut.chunks)
}

/// Calls the body for every eight columns, with the first of them and their number. The last call may have fewer.
@inline(__always)
private func eachLanes(_ columns: Int, _ body: (_ column: Int, _ count: Int) -> Void) {
    var column = 0
    while column < columns {
        body(column, min(Lanes.width, columns - column))
        column += Lanes.width
    }
}

private struct Normalization: ChunkedWork {
    let columns: Int
    let epsilon: Float
    let x: UnsafeMutablePointer<Float>
    let scale, offset: UnsafeMutablePointer<Float>?
    let normalized, inverse, y: UnsafeMutablePointer<Float>
    let cut: Cut

    func run(chunk: Int) {
        for row in cut[chunk] {
            let place = row * columns
            let (x, normalized, y) = (x + place, normalized + place, y + place)
            var sum = Lanes.zero
            eachLanes(columns) { sum += Lanes(x + $0, count: $1) }
            let mean = sum.total / Float(columns)
            var squares = Lanes.zero
            eachLanes(columns) { column, count in
                let deviation = (Lanes(x + column, count: count) - mean).first(count, else: 0)
                squares += deviation * deviation
            }
            let inverse = 1 / (squares.total / Float(columns) + epsilon).squareRoot()
            self.inverse[row] = inverse
            eachLanes(columns) { column, count in
                let value = (Lanes(x + column, count: count) - mean) * inverse
                value.store(normalized + column, count: count)
                let scaled = scale.map { value * Lanes($0 + column, count: count) } ?? value
                (offset.map { scaled + Lanes($0 + column, count: count) } ?? scaled).store(y + column, count: count)
            }
        }
    }
}

private struct NormalizationGradient: ChunkedWork {
    let columns: Int
    let dy: UnsafeMutablePointer<Float>
    let scale: UnsafeMutablePointer<Float>?
    let normalized, inverse, dx: UnsafeMutablePointer<Float>
    let cut: Cut

    func run(chunk: Int) {
        for row in cut[chunk] {
            let place = row * columns
            let (dy, normalized, dx) = (dy + place, normalized + place, dx + place)
            // Lanes after the last column are zero.
            func gradient(_ column: Int, _ count: Int) -> Lanes {
                let dy = Lanes(dy + column, count: count)
                return scale.map { dy * Lanes($0 + column, count: count) } ?? dy
            }
            var (sum, products) = (Lanes.zero, Lanes.zero)
            eachLanes(columns) { column, count in
                let g = gradient(column, count)
                sum += g
                products += g * Lanes(normalized + column, count: count)
            }
            let (mean, slope) = (sum.total / Float(columns), products.total / Float(columns))
            eachLanes(columns) { column, count in
                let centered = gradient(column, count) - mean - Lanes(normalized + column, count: count) * slope
                (centered * inverse[row]).store(dx + column, count: count)
            }
        }
    }
}
