import LockstepCompute
import TestSupport
import Testing

/// Oracle: the iteration in double precision, element by element.
@Suite struct NewtonSchulzTests {
    @Test(
        "every shape, on any number of threads",
        arguments: [(1, 1), (1, 5), (5, 1), (3, 3), (7, 33), (33, 7), (65, 64), (130, 17)], InstructionSet.available)
    func iteration(shape: (rows: Int, columns: Int), set: InstructionSet) throws {
        let (rows, columns) = shape
        let start = Tensor.normal([rows, columns], seed: 3)
        let isTall = rows > columns
        let (a, b, c) = (3.4445, -4.775, 2.0315)
        var x = start.elements.map(Double.init)
        let norm = x.reduce(0) { $0 + $1 * $1 }.squareRoot() + 1e-7
        x = x.map { $0 / norm }
        let side = min(rows, columns)
        for _ in 0..<5 {
            let s = product(isTall ? transposed(x, rows, columns) : x, isTall ? x : transposed(x, rows, columns), side)
            let squares = product(s, s, side)
            let factor = zip(s, squares).map { b * $0 + c * $1 }
            let change = isTall ? product(x, factor, rows) : product(factor, x, side)
            x = zip(x, change).map { a * $0 + $1 }
        }
        let expected = try Tensor(x.map { Float($0) }, shape: [rows, columns])
        var bits: Tensor?
        for threads in [1, 2] {
            let crew = try Crew(threads: threads, instructionSet: set)
            let workspace = Tensor.zeros([NewtonSchulz.workspace(rows: rows, columns: columns)])
            let iteration = NewtonSchulz(a: a, b: b, c: c, steps: 5, rows: rows, columns: columns, in: workspace)
            // Twice, for what is left in the workspace.
            for _ in 0..<2 {
                iteration.matrix.assign(start)
                crew.together { iteration.apply(on: crew) }
                #expect(relativeError(iteration.matrix, expected) < 2e-5, "\(threads) threads")
                #expect(bits.map { sameBits($0, iteration.matrix) } ?? true, "\(threads) threads")
                bits = iteration.matrix.copy()
            }
        }
    }

    private func transposed(_ x: [Double], _ rows: Int, _ columns: Int) -> [Double] {
        (0..<columns).flatMap { column in (0..<rows).map { x[$0 * columns + column] } }
    }

    /// - Parameter rows: of `a`.
    private func product(_ a: [Double], _ b: [Double], _ rows: Int) -> [Double] {
        let depth = a.count / rows
        let columns = b.count / depth
        return (0..<rows).flatMap { row in
            (0..<columns).map { column in
                (0..<depth).reduce(0) { $0 + a[row * depth + $1] * b[$1 * columns + column] }
            }
        }
    }
}
