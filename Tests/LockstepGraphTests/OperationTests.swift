import LockstepCompute
import LockstepGraph
import TestSupport
import Testing

@Suite struct OperationTests {
    /// Oracle: plain loops in double precision, and their central differences.
    @Test("outputs and gradients are those of plain loops", arguments: OperationCase.all)
    func values(_ item: OperationCase) throws {
        for rows in [0, 1, 7] {
            let inputs = item.inputs.enumerated().map { item.numbers($1.rows(rows), seed: UInt64($0)) }
            let weights = item.weights.enumerated().map { item.numbers($1, seed: 50 + UInt64($0)) }
            let known = Known(item, inputs, weights, rows: rows)
            for set in InstructionSet.available {
                for threads in [1, 3] {
                    let bench = try OperationBench(item, threads: threads, set: set)
                    let result = bench.run(inputs, weights, dy: { sample($0, seed: 9) })
                    let place = "\(rows) rows, \(set), \(threads) threads"
                    known.check(result, place)
                    #expect(sameBits(bench.inference(inputs), result.y), "inference, \(place)")
                }
            }
        }
    }

    /// Oracle: one thread, and each row alone.
    @Test("threads and the other rows change no bits", arguments: OperationCase.all)
    func threads(_ item: OperationCase) throws {
        let elements = item.inputs.map(\.count).max()!
        let rows = 60_000 / max(elements, 200) + 3
        let inputs = item.inputs.enumerated().map { item.numbers($1.rows(rows), seed: UInt64($0)) }
        let weights = item.weights.enumerated().map { item.numbers($1, seed: 50 + UInt64($0)) }
        let expected = try OperationBench(item, threads: 1).run(inputs, weights, dy: { sample($0, seed: 9) })
        let bench = try OperationBench(item, threads: 3)
        let result = bench.run(inputs, weights, dy: { sample($0, seed: 9) })
        #expect(sameBits(result.y, expected.y))
        #expect(zip(result.dx, expected.dx).allSatisfy { sameBits($0, $1) })
        #expect(zip(result.gradients, expected.gradients).allSatisfy { sameBits($0[0], $1[0]) })
        let dy = sample(result.y.shape, seed: 9)
        for row in [0, rows / 2, rows - 1] {
            let alone = bench.run(inputs.map { $0.rows(row..<row + 1) }, weights, dy: { _ in dy.rows(row..<row + 1) })
            #expect(sameBits(alone.y, result.y.rows(row..<row + 1)), "row \(row)")
            #expect(zip(alone.dx, result.dx).allSatisfy { sameBits($0, $1.rows(row..<row + 1)) }, "row \(row)")
        }
    }

    /// Oracle: the gradient of each micro-shard alone on one thread, added as the tree says.
    @Test(
        "weights' gradients are the micro-shards' in the tree's order",
        arguments: OperationCase.all.filter { !$0.weights.isEmpty })
    func microShards(_ item: OperationCase) throws {
        let cut = [0, 5, 9, 9, 14, 23]
        let inputs = item.inputs.enumerated().map { item.numbers($1.rows(23), seed: UInt64($0)) }
        let weights = item.weights.enumerated().map { item.numbers($1, seed: 50 + UInt64($0)) }
        func upstream(_ shape: Shape) -> Tensor { sample(Shape([23] + shape.dimensions.dropFirst()), seed: 9) }
        let single = try OperationBench(item, threads: 1)
        let leaves = (0..<cut.count - 1).map { leaf in
            let rows = cut[leaf]..<cut[leaf + 1]
            return single.run(
                inputs.map { $0.rows(rows).copy() }, weights, dy: { upstream($0).rows(rows) },
                sums: RowPartition(bounds: [[0, rows.count]]))
        }
        for parts in [[[0, 5, 9, 9, 14, 23]], [[0, 5, 9, 9, 14], [14, 23]]] {
            let bench = try OperationBench(item, threads: 3)
            let result = bench.run(inputs, weights, dy: upstream, sums: RowPartition(bounds: parts))
            for weight in item.weights.indices {
                let alone = leaves.map { $0.gradients[weight][0] }
                let four = (alone[0] + alone[1]) + (alone[2] + alone[3])
                let expected = parts.count == 1 ? [four + alone[4]] : [four, alone[4]]
                for (received, expected) in zip(result.gradients[weight], expected) {
                    #expect(sameBits(received, expected), "weight \(weight), \(parts.count) parts")
                }
            }
        }
    }

    /// Oracle: by hand.
    @Test("equal elements share the gradient of an extreme")
    func ties() throws {
        let x = try Tensor([3, 1, 3, 3, 0, -1], shape: [1, 6])
        let largest = OperationCase("max", [[6]]) { x, _ in
            max(x[0])
        } oracle: {
            $0[0]
        }
        #expect(
            try OperationBench(largest, threads: 1).run([x], [], dy: { .full($0, 6) }).dx[0].elements == [
                2, 0, 2, 2, 0, 0,
            ])
        let larger = OperationCase("maximum", [[6], [6]]) { x, _ in
            maximum(x[0], x[1])
        } oracle: {
            $0[0]
        }
        let y = try Tensor([3, 2, 4, 3, -1, -1], shape: [1, 6])
        let result = try OperationBench(larger, threads: 1).run([x, y], [], dy: { .full($0, 2) })
        #expect(result.dx[0].elements == [1, 0, 0, 1, 2, 1])
        #expect(result.dx[1].elements == [1, 2, 2, 1, 0, 1])
    }

    @Test("NaN stays NaN in maxima and minima")
    func nan() throws {
        for place in 0..<9 {
            let x = Tensor.ones([1, 9])
            x[place] = .nan
            for describe: @Sendable ([SymbolicTensor], [Weight]) -> SymbolicTensor in [
                { x, _ in max(x[0]) }, { x, _ in min(x[0]) }, { x, _ in maximum(x[0], 3) },
                { x, _ in minimum(x[0], 3) },
            ] {
                let item = OperationCase("NaN", [[9]], describe, oracle: { $0[0] })
                #expect(try OperationBench(item, threads: 1).inference([x]).elements.contains { $0.isNaN })
            }
        }
    }
}
