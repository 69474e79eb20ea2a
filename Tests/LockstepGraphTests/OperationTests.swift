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
                    #expect(result.y.shape == known.shape, "\(place)")
                    #expect(relativeError(result.y.elements.map(Double.init), known.y) < 1e-5, "\(place)")
                    #expect(sameBits(bench.inference(inputs), result.y), "inference, \(place)")
                    for (index, gradient) in (result.dx + result.gradients.map { $0[0] }).enumerated() {
                        let received = known.positions[index].map { Double(gradient[$0]) }
                        #expect(received.allSatisfy { $0.isFinite }, "gradient \(index), \(place)")
                        // A gradient that is zero may be what rounding leaves of its terms.
                        let scale = max(known.gradients[index].map(abs).max() ?? 0, 1e-2)
                        let difference = zip(received, known.gradients[index]).map { abs($0 - $1) }.max() ?? 0
                        #expect(difference <= 2e-5 * scale, "gradient \(index), \(place)")
                    }
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
    @Test("weights' gradients are the micro-shards' in the tree's order", arguments: OperationCase.all.filter { !$0.weights.isEmpty })
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
        #expect(try OperationBench(largest, threads: 1).run([x], [], dy: { .full($0, 6) }).dx[0].elements == [2, 0, 2, 2, 0, 0])
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
                { x, _ in max(x[0]) }, { x, _ in min(x[0]) }, { x, _ in maximum(x[0], 3) }, { x, _ in minimum(x[0], 3) },
            ] {
                let item = OperationCase("NaN", [[9]], describe, oracle: { $0[0] })
                #expect(try OperationBench(item, threads: 1).inference([x]).elements.contains { $0.isNaN })
            }
        }
    }
}

/// What plain loops make of a case, and the differences of Σ y·dy at some positions.
private struct Known {
    let shape: Shape
    var y: [Double] = []
    /// For each input and weight.
    var positions: [[Int]] = []
    var gradients: [[Double]] = []

    init(_ item: OperationCase, _ inputs: [Tensor], _ weights: [Tensor], rows: Int) {
        func arrays(_ row: Int) -> [Naive] {
            zip(inputs, item.inputs).map { Naive($0.row(row), shape: $1) } + zip(weights, item.weights).map { Naive($0, shape: $1) }
        }
        let one = item.inputs.map { shape in Naive(shape.dimensions) { _ in 1 } } + item.weights.map { Naive(Tensor.ones($0), shape: $0) }
        let rowShape = item.oracle(one).shape
        shape = Shape([rows] + rowShape)
        let dy = sample(shape, seed: 9).elements.map(Double.init)
        let width = Shape(rowShape).count
        for row in 0..<rows { y += item.oracle(arrays(row)).values }
        func objective(_ row: Int, _ arrays: [Naive]) -> Double {
            zip(item.oracle(arrays).values, dy[row * width..<(row + 1) * width]).reduce(0) { $0 + $1.0 * $1.1 }
        }
        func slope(_ row: Int, _ index: Int, _ position: Int) -> Double {
            func at(_ offset: Double) -> Double {
                var arrays = arrays(row)
                arrays[index].values[position] += offset
                return objective(row, arrays)
            }
            return (at(1e-5) - at(-1e-5)) / 2e-5
        }
        for (index, tensor) in (inputs + weights).enumerated() {
            let isWeight = index >= inputs.count
            let places = Array(stride(from: 0, to: tensor.count, by: max(1, tensor.count / (isWeight ? 5 : 13))))
            positions.append(places)
            gradients.append(
                places.map { position in
                    guard !isWeight else { return (0..<rows).reduce(0) { $0 + slope($1, index, position) } }
                    let count = item.inputs[index].count
                    return slope(position / count, index, position % count)
                })
        }
    }
}
