import LockstepCompute
import TestSupport
import Testing

/// Oracle: the micro-shards' sums by themselves, each on one thread from rows of its own, added as the tree says by
/// recursion.
@Suite struct RowSumsTests {
    /// Where micro-shards begin: none of the same size, some empty, their number no power of two.
    static let cuts = [[0, 5, 9, 14, 18, 23], [0, 0, 1, 1, 3], [0, 7], [0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30]]

    /// The sum over leaves of a range, with the lower half a power of two wide.
    private func tree(_ leaves: Range<Int>, _ leaf: (Int) -> Tensor) -> Tensor {
        guard leaves.count > 1 else { return leaf(leaves.lowerBound) }
        var half = 1
        while 2 * half < leaves.count { half *= 2 }
        let middle = leaves.lowerBound + half
        return tree(leaves.lowerBound..<middle, leaf) + tree(middle..<leaves.upperBound, leaf)
    }

    /// Checks a sum over rows, on several threads, as one part and as the tree's subtrees of two halves of the leaves.
    ///
    /// - Parameters:
    ///   - inputs: with a row for each row.
    ///   - sum: overwrites outputs, which are as many for each part.
    private func check(
        _ name: String, _ cut: [Int], inputs: [Tensor], outputs: [Shape],
        _ sum: (_ inputs: [Tensor], _ sums: RowPartition, _ outputs: [[Tensor]], _ crew: Crew) -> Void
    ) throws {
        let leaves = cut.count - 1
        let single = try Crew(threads: 1, instructionSet: .selected())
        func blank(_ parts: Int) -> [[Tensor]] {
            outputs.map { shape in (0..<parts).map { _ in Tensor.full(shape, .nan) } }
        }
        func alone(_ leaf: Int) -> [Tensor] {
            let rows = cut[leaf]..<cut[leaf + 1]
            let places = blank(1)
            sum(inputs.map { $0.rows(rows).copy() }, RowPartition(bounds: [[0, rows.count]]), places, single)
            return places.map { $0[0] }
        }
        let byLeaf = (0..<leaves).map(alone)
        func bounds(_ part: Range<Int>) -> [Int] { Array(cut[part.lowerBound...part.upperBound]) }
        let halves =
            SumTree(leaves: leaves).subtrees(of: 0..<leaves / 2)
            + SumTree(leaves: leaves).subtrees(of: leaves / 2..<leaves)
        for parts in [[0..<leaves], halves] {
            for threads in [1, 3] {
                let crew = try Crew(threads: threads, instructionSet: .selected())
                let places = blank(parts.count)
                crew.together { sum(inputs.map { $0.copy() }, RowPartition(bounds: parts.map(bounds)), places, crew) }
                for (output, made) in places.enumerated() {
                    for (part, place) in zip(parts, made) {
                        let expected = tree(part) { byLeaf[$0][output] }
                        #expect(
                            sameBits(place, expected),
                            "\(name), \(cut), leaves \(part), output \(output), \(threads) threads")
                    }
                }
            }
        }
    }

    @Test("products of rows", arguments: cuts)
    func products(cut: [Int]) throws {
        for (inputs, columns, unit) in [
            (1, 1, 1), (5, 1, 7), (1, 4, 2), (70, 33, 1), (13, 200, 3), (9, 5, 260), (40, 130, 40), (3, 2, 900),
        ] {
            let rows = cut.last!
            let a = sample([rows, unit, inputs], seed: 1)
            let b = sample([rows, unit, columns], seed: 2)
            try check("\(inputs)×\(columns)×\(unit)", cut, inputs: [a, b], outputs: [[inputs, columns], [columns]]) {
                rowProducts($0[0], $0[1], by: $1, into: $2[0], columnSums: $2[1], on: $3)
            }
        }
    }

    @Test("gradients of convolutions' kernels", arguments: cuts)
    func convolutions(cut: [Int]) throws {
        for (size, channels, filters, isSame) in [
            (6, 1, 3, false), (9, 5, 7, true), (20, 3, 4, true), (50, 2, 3, false), (5, 130, 120, true),
        ] {
            let window = Window(size: size, taps: 3, stride: 1, dilation: 1, isSame: isSame)
            let positions = window.positions
            let x = sample([cut.last!, size, size, channels], seed: 1)
            let y = sample([cut.last!, positions, positions, filters], seed: 2).map { max(-0.9, min(0.9, $0)) }
            let dy = sample(y.shape, seed: 3)
            try check(
                "\(size)×\(size)×\(channels) to \(filters)", cut, inputs: [x, y, dy],
                outputs: [[3, 3, channels, filters], [filters]]
            ) {
                convolutionKernelGradient(
                    $0[0], dy: $0[2], behind: (.tanh, $0[1], $0[1]), y: window, x: window, by: $1, into: $2[0],
                    totals: $2[1], on: $3)
            }
        }
    }

    @Test("rows added at numbers", arguments: cuts)
    func embeddings(cut: [Int]) throws {
        for (rows, width, length) in [(3, 5, 1), (40, 17, 4)] {
            let numbers = Tensor.uniform([cut.last!, length], low: 0, high: Float(rows), seed: 1).map {
                $0.rounded(.down)
            }
            let values = sample([cut.last!, length, width], seed: 2)
            try check("\(rows)×\(width)", cut, inputs: [values, numbers], outputs: [[rows, width]]) {
                addRows($0[0], at: $0[1], by: $1, into: $2[0], on: $3)
            }
        }
    }

    @Test("sums of columns, for each micro-shard", arguments: cuts)
    func columns(cut: [Int]) throws {
        let crew = try Crew(threads: 3, instructionSet: .selected())
        for (unit, columns) in [(1, 3), (100, 17)] {
            let (x, y) = (sample([cut.last!, unit, columns], seed: 1), sample([cut.last!, unit, columns], seed: 2))
            let center = sample([columns], seed: 3)
            let leaves = cut.count - 1
            let (sums, squares, products) = (
                Tensor.full([leaves, columns], .nan), Tensor.full([leaves, columns], .nan),
                Tensor.full([leaves, 2 * columns], .nan)
            )
            crew.together {
                columnSums(x, by: RowPartition(bounds: [cut]), into: sums, on: crew)
                columnSquares(x, center: center, by: RowPartition(bounds: [cut]), into: squares, on: crew)
                columnProducts(x, center: center, y, by: RowPartition(bounds: [cut]), into: products, on: crew)
            }
            for leaf in 0..<leaves {
                let rows = cut[leaf]..<cut[leaf + 1]
                var oracle = [[Double]](repeating: Array(repeating: 0, count: columns), count: 3)
                for row in rows {
                    for place in 0..<unit * columns {
                        let (a, b, column) = (Double(x.row(row)[place]), Double(y.row(row)[place]), place % columns)
                        let deviation = a - Double(center[column])
                        oracle[0][column] += a
                        oracle[1][column] += deviation * deviation
                        oracle[2][column] += deviation * b
                    }
                }
                #expect(relativeError(sums.row(leaf).elements.map(Double.init), oracle[0]) < 1e-5)
                #expect(relativeError(squares.row(leaf).elements.map(Double.init), oracle[1]) < 1e-5)
                #expect(relativeError(products.row(leaf).elements.suffix(columns).map(Double.init), oracle[2]) < 1e-5)
                #expect(rows.isEmpty || unit > 1 || sums.row(leaf).elements != [0, 0, 0])
            }
        }
    }

    /// Oracle: closed forms. What any neighbours come to is what a tree of all leaves holds at these places.
    @Test("the tree's subtrees cover a range with the fewest nodes, and put together give its root")
    func subtrees() {
        #expect(SumTree(leaves: 8).subtrees(of: 0..<8) == [0..<8])
        #expect(SumTree(leaves: 8).subtrees(of: 1..<7) == [1..<2, 2..<4, 4..<6, 6..<7])
        #expect(SumTree(leaves: 6).subtrees(of: 4..<6) == [4..<6])
        #expect(SumTree(leaves: 7).subtrees(of: 3..<7) == [3..<4, 4..<7])
        #expect(SumTree(leaves: 5).subtrees(of: 2..<2) == [])
        for leaves in 1...20 {
            let tree = SumTree(leaves: leaves)
            for ranks in 1...9 {
                let operands = (0..<ranks).flatMap {
                    tree.subtrees(of: leaves * $0 / ranks..<leaves * ($0 + 1) / ranks)
                }
                let additions = tree.additions(of: operands)
                #expect(additions.results.map(\.leaves) == [0..<leaves] && additions.pairs.count == operands.count - 1)
                // Every sum is of neighbours, the lower one first.
                var ranges = operands
                for pair in additions.pairs {
                    #expect(ranges[pair.sum].upperBound == ranges[pair.addend].lowerBound)
                    ranges[pair.sum] = ranges[pair.sum].lowerBound..<ranges[pair.addend].upperBound
                }
                #expect(ranges[0] == 0..<leaves)
            }
        }
    }
}

/// Oracle: the same rows among others. Results must not depend on how many there are.
@Suite struct RowwiseTests {
    @Test("a convolution and its input's gradient, of few images and of many", arguments: [1, 2, 3, 5, 7, 24])
    func convolutions(count: Int) throws {
        let crew = try Crew(threads: 1, instructionSet: .selected())
        for (size, channels, filters, taps, isSame) in [
            (9, 2, 5, 3, true), (4, 5, 7, 2, false), (6, 3, 20, 3, true), (3, 33, 4, 3, true),
        ] {
            let window = Window(size: size, taps: taps, stride: 1, dilation: 1, isSame: isSame)
            let x = sample([61, size, size, channels], seed: 1)
            let kernel = sample([taps, taps, channels, filters], seed: 2)
            let dy = sample([61, window.positions, window.positions, filters], seed: 3)
            func run(_ rows: Range<Int>) -> (Tensor, Tensor) {
                let (x, dy) = (x.rows(rows).copy(), dy.rows(rows).copy())
                let (y, dx) = (Tensor.full(dy.shape, .nan), Tensor.full(x.shape, .nan))
                convolve(x, kernel, bias: nil, activation: .relu, y: window, x: window, into: y, on: crew)
                convolutionInputGradient(dy, kernel, y: window, x: window, into: dx, on: crew)
                return (y, dx)
            }
            let all = run(0..<61)
            for first in stride(from: 0, to: 61 - count, by: 8) {
                let some = run(first..<first + count)
                let name = "\(count) images \(size)×\(size)×\(channels) to \(filters)"
                #expect(sameBits(some.0, all.0.rows(first..<first + count)), "forward, \(name)")
                #expect(sameBits(some.1, all.1.rows(first..<first + count)), "backward, \(name)")
            }
        }
    }
}
