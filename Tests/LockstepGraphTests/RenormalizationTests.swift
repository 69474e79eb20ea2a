import LockstepCompute
import LockstepGraph
import TestSupport
import Testing

/// Oracle: the formulas in double precision.
@Suite struct RenormalizationTests {
    @Test("corrections and statistics are those of the formulas", arguments: [1, 3, 17], [false, true])
    func values(features: Int, isBounded: Bool) throws {
        let (factors, offsets): (ClosedRange<Float>, ClosedRange<Float>) =
            isBounded ? (0.8...1.1, -0.3...0.3) : (-.infinity ... .infinity, -.infinity ... .infinity)
        let operation = RenormalizationOperation(
            epsilon: 1e-3, momentum: 0.9, correctionMomentum: 0.7, factors: factors, offsets: offsets)
        let weights = (0..<6).map { Tensor.uniform([features], low: 0.1, high: 2, seed: UInt64($0)) }
        // A deviation of zero is replaced by √ε.
        weights[5][0] = 0
        for output in 0..<7 {
            let item = OperationCase("renormalization", [[1]], weights: weights.map(\.shape)) { inputs, weights in
                inputs[0] * inputs[0].applying(operation, with: weights)[output]
            } oracle: {
                $0[0]
            }
            let result = try OperationBench(item, threads: 1).run(
                [Tensor.full([1, 1], 1)], weights, dy: { Tensor.zeros($0) }
            ).y
            for feature in 0..<features {
                let values = weights.map { Double($0[feature]) }
                let (mean, deviation) = (values[0], (values[1] + 1e-3).squareRoot())
                let divisor = max(values[5], 1e-3.squareRoot())
                let next = 0.9 * values[3] + 0.1 * deviation
                func bounded(_ x: Double, _ range: ClosedRange<Float>) -> Double {
                    min(max(x, Double(range.lowerBound)), Double(range.upperBound))
                }
                let expected = [
                    bounded(deviation / divisor, factors), bounded((mean - values[4]) / divisor, offsets),
                    0.9 * values[2] + 0.1 * mean, max(next * next - 1e-3, 0), next, 0.7 * values[4] + 0.3 * mean,
                    0.7 * values[5] + 0.3 * deviation,
                ][output]
                let error = abs(Double(result[feature]) - expected)
                #expect(error < 1e-5 * max(1, abs(expected)), "output \(output)")
            }
        }
    }
}
