import LockstepCompute
import LockstepGraph
import TestSupport
import Testing

/// Operations that losses and metrics count with. Oracle: plain loops.
@Suite struct CountingTests {
    /// What an operation gives for a tensor, on one thread and on three.
    private func outputs(
        _ x: Tensor..., describe: @escaping @Sendable ([SymbolicTensor]) -> SymbolicTensor
    ) throws -> Tensor {
        let item = OperationCase("counting", x.map(\.shape.row)) { inputs, _ in
            describe(inputs)
        } oracle: {
            $0[0]
        }
        let one = try OperationBench(item, threads: 1).inference(x)
        #expect(try sameBits(OperationBench(item, threads: 3).inference(x), one))
        return one
    }

    @Test("comparisons with tensors, rows and numbers, where some are equal or NaN")
    func comparisons() throws {
        let (a, b) = (
            try Tensor([1, 2, 3, .nan, -1, 0], shape: [2, 3]), try Tensor([1, 3, 2, 0, -1, .nan], shape: [2, 3])
        )
        #expect(try outputs(a, b) { equal($0[0], $0[1]) }.elements == [1, 0, 0, 0, 1, 0])
        #expect(try outputs(a, b) { greater($0[0], $0[1]) }.elements == [0, 0, 1, 0, 0, 0])
        #expect(try outputs(a, b) { greaterOrEqual($0[0], $0[1]) }.elements == [1, 0, 1, 0, 1, 0])
        #expect(try outputs(a) { equal($0[0], 2) }.elements == [0, 1, 0, 0, 0, 0])
        #expect(try outputs(a) { greater($0[0], 1) }.elements == [0, 1, 1, 0, 0, 0])
        #expect(try outputs(a) { greaterOrEqual($0[0], 1) }.elements == [1, 1, 1, 0, 0, 0])
        #expect(try outputs(a) { greater($0[0], Tensor([0, 2, 0])) }.elements == [1, 0, 1, 0, 0, 0])
        #expect(try outputs(Tensor([1.2, -1.2, 3, 0.001], shape: [1, 4])) { ceil($0[0]) }.elements == [2, -1, 3, 1])
        #expect(
            try outputs(Tensor([1.2, -1.2, 3], shape: [1, 3])) { clip($0[0], to: -1...2) }.elements == [1.2, -1, 2])
    }

    @Test("a constant is applied to each row")
    func constants() throws {
        let x = sample([5, 7, 3], seed: 1)
        let factors = sample([3], seed: 2)
        let y = try outputs(x) { $0[0] * factors + factors }
        for position in 0..<x.count {
            let factor = factors[position % 3]
            #expect(y[position] == x[position] * factor + factor)
        }
    }

    @Test("histograms leave out what has no bin")
    func histograms() throws {
        let numbers = try Tensor([0, 2, 2, 1.5, -1, 3, 0, .nan, 1, 2, 0, 0], shape: [2, 2, 3])
        let weights = sample([2, 2, 3], seed: 3)
        let counts = try outputs(numbers, weights) { histogram($0[0], weights: $0[1], bins: 3) }
        #expect(counts.shape == [2, 2, 3])
        for row in 0..<4 {
            for bin in 0..<3 {
                var expected: Float = 0
                for column in 0..<3 where numbers[3 * row + column] == Float(bin) {
                    expected += weights[3 * row + column]
                }
                #expect(counts[3 * row + bin] == expected)
            }
        }
    }

    @Test("of equal elements the first count as larger")
    func largestElements() throws {
        let x = try Tensor([3, 1, 3, 2, 0, 0, 0, 0, -1, .nan, 5, 5], shape: [3, 4])
        for count in 0...4 {
            let marks = try outputs(x) { largest(count, of: $0[0]) }
            for row in 0..<3 {
                let order = (0..<4).sorted { a, b in
                    let (p, q) = (x[row, a], x[row, b])
                    return p > q || p.isNaN && !q.isNaN || (p == q || p.isNaN && q.isNaN) && a < b
                }
                #expect((0..<4).filter { marks[row, $0] == 1 } == order.prefix(count).sorted(), "\(count), row \(row)")
            }
        }
        #expect(try outputs(x) { argmax($0[0]) }.elements == [0, 0, 1])
        #expect(
            try outputs(Tensor([2, 0], shape: [2, 1])) { oneHot($0[0], depth: 3) }.elements == [0, 0, 1, 1, 0, 0])
    }

    @Test("a sum over the batch is in each row, and so is the gradient's")
    func batchSums() throws {
        let item = OperationCase("batch sum", [[3, 5]]) { x, _ in
            batchSum(x[0])
        } oracle: {
            $0[0]
        }
        for rows in [0, 1, 9] {
            let x = sample([rows, 3, 5], seed: 4)
            let dy = sample([rows, 3, 5], seed: 5)
            let result = try OperationBench(item, threads: 3).run([x], [], dy: { _ in dy })
            for element in 0..<15 {
                func sum(_ x: Tensor) -> Double { (0..<rows).reduce(0) { $0 + Double(x[$1 * 15 + element]) } }
                for row in 0..<rows {
                    #expect(abs(Double(result.y[row * 15 + element]) - sum(x)) < 1e-5)
                    #expect(abs(Double(result.dx[0][row * 15 + element]) - sum(dy)) < 1e-5)
                }
            }
        }
    }
}
