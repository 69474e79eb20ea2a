import LockstepCompute
import LockstepGraph
import TestSupport
import Testing

/// Oracle: plain loops in double precision.
@Suite struct PowerIterationTests {
    @Test(
        "vectors are those of plain loops", arguments: [[1, 1], [5, 3], [3, 5], [2, 3, 4, 7], [67, 130]], [1, 4])
    func values(shape: [Int], iterations: Int) throws {
        let columns = shape.last!
        let rows = shape.reduce(1, *) / columns
        func item(_ output: Int) -> OperationCase {
            OperationCase("power iteration", [[1]], weights: [Shape(shape), [1, columns]]) { inputs, weights in
                let outputs = inputs[0].applying(PowerIterationOperation(iterations: iterations), with: weights)
                return inputs[0] * outputs[output]
            } oracle: {
                $0[0]
            }
        }
        for isZero in [false, true] {
            let w = isZero ? Tensor.zeros(Shape(shape)) : Tensor.normal(Shape(shape), seed: 1)
            let u = Tensor.normal([1, columns], seed: 2)
            let known = Self.iterated(w.elements.map(Double.init), u.elements.map(Double.init), rows, iterations)
            for (output, expected) in [known.v, known.u, [isZero ? 1 : 0]].enumerated() {
                let result = try OperationBench(item(output), threads: 1).run(
                    [Tensor.full([2, 1], 1)], [w, u], dy: { Tensor.zeros($0) }
                ).y
                for (index, value) in (expected + expected).enumerated() {
                    #expect(abs(Double(result[index]) - value) < 1e-5, "output \(output)")
                }
            }
        }
    }

    private static func iterated(_ w: [Double], _ u: [Double], _ rows: Int, _ iterations: Int) -> (
        v: [Double], u: [Double]
    ) {
        func normalized(_ x: [Double]) -> [Double] {
            let norm = x.reduce(0) { $0 + $1 * $1 }.squareRoot()
            return x.map { $0 / norm }
        }
        guard w.contains(where: { $0 != 0 }) else { return ([Double](repeating: 0, count: rows), u) }
        var (u, v) = (u, [Double]())
        for _ in 0..<iterations {
            v = normalized((0..<rows).map { row in u.indices.reduce(0) { $0 + w[row * u.count + $1] * u[$1] } })
            u = normalized(u.indices.map { column in (0..<rows).reduce(0) { $0 + w[$1 * u.count + column] * v[$1] } })
        }
        return (v, u)
    }
}
