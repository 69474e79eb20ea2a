import LockstepCompute
import TestSupport
import Testing

@Suite(.serialized) struct MatrixProductTests {
    /// Around every tile of every instruction set (4×8, 6×16, 8×12, 14×32), the depth block of 320, and zero; skinny
    /// ones; deep ones, which are cut along the depth.
    static let shapes: [(Int, Int, Int)] = [
        (0, 3, 2), (3, 0, 2), (3, 2, 0), (1, 1, 1), (5, 7, 3), (6, 16, 5), (7, 17, 321), (13, 31, 64), (14, 32, 320),
        (15, 33, 319),
        (61, 10, 97), (128, 10, 64), (3, 97, 512), (97, 1, 300), (1, 300, 97), (67, 129, 31),
        (1, 530, 70), (12, 48, 100), (700, 1, 3), (3, 1, 700), (300, 1, 129), (1, 1, 4099), (9, 20, 4500),
        (40, 33, 6200),
    ]

    /// Oracle: a naive loop in double precision. Tolerance: the rounding error that a float sum of that depth can have.
    @Test("every set, transposition and awkward shape", arguments: InstructionSet.available, [1, 3])
    func naive(set: InstructionSet, threads: Int) throws {
        let crew = try Crew(threads: threads, instructionSet: set)
        for (rows, columns, depth) in Self.shapes {
            for transposed in [Transposed.neither, .first, .second, .both] {
                let (aT, bT) = (
                    transposed == .first || transposed == .both, transposed == .second || transposed == .both
                )
                let a = sample(aT ? [depth, rows] : [rows, depth], seed: 1)
                let b = sample(bT ? [columns, depth] : [depth, columns], seed: 2)
                let bias = rows % 2 == 0 ? sample([columns], seed: 3) : nil
                let c = Tensor.full([rows, columns], .nan)
                let sums = Tensor.full([columns], .nan)
                crew.together { matmul(a, b, transposed: transposed, bias: bias, into: c, columnSums: sums, on: crew) }
                for j in 0..<columns where rows > 0 {
                    let terms = (0..<depth).map { Double(bT ? b[j, $0] : b[$0, j]) }
                    let tolerance = terms.reduce(0) { $0 + abs($1) } * Double(depth) * 0x1p-24
                    try #require(
                        abs(Double(sums[j]) - terms.reduce(0, +)) <= tolerance,
                        "sum \(j) of \(rows)×\(columns)×\(depth)")
                }
                for i in 0..<rows {
                    for j in 0..<columns {
                        var sum = Double(bias?[j] ?? 0)
                        var size = abs(sum)
                        for k in 0..<depth {
                            let term = Double(aT ? a[k, i] : a[i, k]) * Double(bT ? b[j, k] : b[k, j])
                            sum += term
                            size += abs(term)
                        }
                        let tolerance = size * Double(depth + 1) * 0x1p-24 + 1e-30
                        try #require(
                            abs(Double(c[i, j]) - sum) <= tolerance,
                            "(\(i), \(j)) of \(rows)×\(columns)×\(depth) \(transposed)")
                    }
                }
            }
        }
    }

    /// Oracle: the row computed by itself. Small products go another way than large ones, so this compares the ways
    /// too.
    @Test("an element's bits depend on neither rows nor threads nor the way", arguments: InstructionSet.available)
    func shardIndependent(set: InstructionSet) throws {
        let (alone, crew) = (try Crew(threads: 1, instructionSet: set), try Crew(threads: 3, instructionSet: set))
        for (columns, depth) in [(10, 64), (33, 300), (4, 7), (100, 600), (1, 3), (1, 200)] {
            let (a, b, bias) = (
                sample([53, depth], seed: 1), sample([depth, columns], seed: 2), sample([columns], seed: 3)
            )
            let whole = Tensor.zeros([53, columns])
            crew.together { matmul(a, b, bias: bias, into: whole, on: crew) }
            for rows in [0..<1, 5..<7, 20..<53] {
                let part = Tensor.zeros([rows.count, columns])
                matmul(a.rows(rows), b, bias: bias, into: part, on: alone)
                #expect(sameBits(part, whole.rows(rows)), "rows \(rows) of \(columns) columns, depth \(depth)")
            }
        }
    }

    /// Oracle: the activation applied to the finished product.
    @Test("an activation on the way out", arguments: InstructionSet.available)
    func activations(set: InstructionSet) throws {
        let crew = try Crew(threads: 3, instructionSet: set)
        for (rows, columns, depth) in [(3, 2, 4), (200, 40, 30), (30, 200, 50), (7, 64, 90), (50, 1, 20)] {
            let (a, b, bias) = (
                sample([rows, depth], seed: 1), sample([depth, columns], seed: 2), sample([columns], seed: 3)
            )
            for activation in [ActivationFunction.relu, .tanh, .elu(alpha: 0.3), .softmax] {
                let (expected, c) = (Tensor.zeros([rows, columns]), Tensor.full([rows, columns], .nan))
                crew.together {
                    matmul(a, b, bias: bias, into: expected, on: crew)
                    activation.apply(expected, into: expected, on: crew)
                    matmul(a, b, bias: bias, activation: activation, into: c, on: crew)
                }
                #expect(relativeError(c, expected) < 1e-6, "\(activation) of \(rows)×\(columns)×\(depth)")
            }
        }
    }

    @Test("the tensor function checks its operands")
    func checked() throws {
        let a = try Tensor(rows: [[1, 2], [3, 4], [5, 6]])
        #expect(try matmul(a, a, transposed: .first) == Tensor(rows: [[35, 44], [44, 56]]))
        #expect(throws: ComputeError.productShapes([3, 2], [3, 2])) { try matmul(a, a) }
        #expect(throws: ComputeError.productShapes([3, 2], [2])) { try matmul(a, Tensor([1, 2])) }
        #expect(try matmul(Tensor.ones([300, 300]), Tensor.ones([300, 300])) == Tensor.full([300, 300], 300))
    }
}
