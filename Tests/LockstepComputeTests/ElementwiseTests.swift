import LockstepCompute
import TestSupport
import Testing

@Suite struct ElementwiseTests {
    static let counts = [0, 1, 3, 4, 15, 16, 17, 63, 64, 65, 1009, 100_003]

    /// Oracle: the operation element by element.
    @Test("sums and products", arguments: InstructionSet.available, [1, 3])
    func pairwise(set: InstructionSet, threads: Int) throws {
        let crew = try Crew(threads: threads, instructionSet: set)
        for count in Self.counts {
            let (x, y) = (sample([count], seed: 1), sample([count], seed: 2))
            let (sum, product) = (Tensor.zeros([count]), Tensor.zeros([count]))
            crew.together {
                add(x, y, into: sum, on: crew)
                multiply(x, y, into: product, on: crew)
            }
            #expect(sum == x + y)
            #expect(product == x * y)
        }
    }

    /// Oracle: the sum in double precision.
    @Test("column sums", arguments: InstructionSet.available, [1, 3])
    func columns(set: InstructionSet, threads: Int) throws {
        let crew = try Crew(threads: threads, instructionSet: set)
        for (rows, columns) in [(0, 5), (1, 1), (7, 17), (100, 3), (61, 1030), (2000, 40)] {
            let x = sample([rows, columns], seed: 3)
            let sums = Tensor.full([columns], .nan)
            crew.together { columnSums(x, into: sums, on: crew) }
            let expected = (0..<columns).map { column in (0..<rows).reduce(0.0) { $0 + Double(x[$1, column]) } }
            #expect(relativeError(sums.elements.map(Double.init), expected) < 1e-4 || rows == 0)
            #expect(rows > 0 || sums.elements.allSatisfy { $0 == 0 })
        }
    }

    /// Oracle: the words of the stream, one by one.
    @Test("dropout masks are the stream's, wherever they begin", arguments: InstructionSet.available, [1, 3])
    func dropout(set: InstructionSet, threads: Int) throws {
        let crew = try Crew(threads: threads, instructionSet: set)
        let stream = RandomStream(seed: 0x1234_5678_9ABC_DEF0, purpose: .dropout, index: 3, step: 17)
        for rate in [0.2, 0.5, 0.999] as [Float] {
            for (first, count) in [(0, 200), (1, 64), (63, 2), (64, 0), (100, 37), (1 << 36, 130), (5, 50_000)] {
                let mask = Tensor.full([count], .nan)
                crew.together { dropoutMask(rate: rate, from: stream, first: first, into: mask, on: crew) }
                let limit = UInt32(Double(rate) * 0x1p32)
                let expected = stream.words(first, count: count).map { $0 < limit ? 0 : 1 / (1 - rate) }
                #expect(mask.elements == expected, "\(count) from \(first)")
            }
        }
    }
}
