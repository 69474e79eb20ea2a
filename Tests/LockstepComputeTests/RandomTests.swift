import CKernels
import Foundation
import LockstepCompute
import TestSupport
import Testing

@Suite struct RandomTests {
    /// Oracle: the known answers of Random123 (`kat_vectors`, philox4x32 10).
    @Test("Philox gives its known answers")
    func knownAnswers() {
        let cases: [([UInt32], [UInt32], [UInt32])] = [
            ([0, 0, 0, 0], [0, 0], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
            (
                [UInt32](repeating: .max, count: 4), [.max, .max], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
            ),
            (
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0],
                [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
            ),
        ]
        for (counter, key, expected) in cases {
            var block = [UInt32](repeating: 0, count: 4)
            ls_philox(counter, key, &block)
            #expect(block == expected)
        }
    }

    @Test("words are counted: any part can be drawn by itself")
    func counted() {
        let stream = RandomStream(seed: 5, purpose: .tensor)
        let all = stream.words(count: 500)
        for (first, count) in [(0, 1), (63, 3), (64, 64), (129, 300)] {
            #expect(stream.words(first, count: count) == Array(all[first..<first + count]))
        }
        #expect(Set(all).count > 490)
        for other in [
            RandomStream(seed: 6, purpose: .tensor), RandomStream(seed: 5, purpose: .shuffle),
            RandomStream(seed: 5, purpose: .tensor, index: 1), RandomStream(seed: 5, purpose: .tensor, step: 1),
        ] { #expect(other.words(count: 500) != all) }
    }

    /// Oracle: mean and deviation of the distributions; bounds of five standard errors.
    @Test("distributions")
    func distributions() {
        let count = 200_000
        let n = Double(count)
        let uniform = Tensor.uniform([count], low: -1, high: 3, seed: 1)
        let (mean, deviation) = moments(uniform)
        #expect(abs(mean - 1) < 5 * 4 / 12.0.squareRoot() / n.squareRoot())
        #expect(abs(deviation - 4 / 12.0.squareRoot()) < 0.01)
        #expect(uniform.elements.allSatisfy { $0 >= -1 && $0 < 3 })

        let normal = Tensor.normal([count], mean: 2, standardDeviation: 0.5, seed: 2)
        let (normalMean, normalDeviation) = moments(normal)
        #expect(abs(normalMean - 2) < 5 * 0.5 / n.squareRoot())
        #expect(abs(normalDeviation - 0.5) < 5 * 0.5 / (2 * n).squareRoot())

        let cut = Tensor.zeros([count])
        RandomStream(seed: 3, purpose: .tensor).fillTruncatedNormal(cut, mean: 0, standardDeviation: 1)
        #expect(cut.elements.allSatisfy { abs($0) <= 2 })
        #expect(abs(moments(cut).1 - 0.87962566103423978) < 0.01)
    }

    @Test("normal numbers of steps: any part can be drawn by itself, by any number of threads")
    func normalParts() throws {
        let stream = RandomStream(seed: 7, purpose: .dropout)
        let (one, three) = (
            try Crew(threads: 1, instructionSet: .selected()), try Crew(threads: 3, instructionSet: .selected())
        )
        let whole = Tensor.zeros([20_001])
        fillNormal(whole, from: stream, first: 0, on: one)
        let n = Double(whole.count)
        let (mean, deviation) = moments(whole)
        #expect(abs(mean) < 5 / n.squareRoot())
        #expect(abs(deviation - 1) < 5 / (2 * n).squareRoot())
        for (first, count) in [(0, 20_001), (1, 1), (3, 256), (255, 15_000), (6000, 7)] {
            let part = Tensor.zeros([count])
            fillNormal(part, from: stream, first: first, on: three)
            #expect(part.elements == Array(whole.elements[first..<first + count]))
        }
    }

    @Test("permutations: each element once, no two seeds alike, every place equally likely")
    func permutations() {
        for count in [0, 1, 2, 61, 1000] {
            #expect(RandomStream(seed: 1, purpose: .shuffle).permutation(of: count).sorted() == Array(0..<count))
        }
        var places = [Int](repeating: 0, count: 5)
        for seed in 0..<5000 {
            places[RandomStream(seed: UInt64(seed), purpose: .shuffle).permutation(of: 5).firstIndex(of: 0)!] += 1
        }
        #expect(places.allSatisfy { abs($0 - 1000) < 150 }, "\(places)")
    }

    private func moments(_ tensor: Tensor) -> (Double, Double) {
        let (mean, n) = (tensor.mean, Double(tensor.count))
        return (
            mean, (tensor.elements.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / n).squareRoot()
        )
    }
}
