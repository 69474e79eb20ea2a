import LockstepCompute
import Testing

@Suite struct WireFormatTests {
    private func encoded(_ values: [Float], _ format: WireFormat, residual: Tensor? = nil) -> [Float] {
        let message = Tensor.zeros([format.floats(for: values.count)])
        let result = Tensor.zeros([values.count])
        format.encode(Tensor(values), residual: residual, into: message)
        format.decode(message, into: result)
        return result.elements
    }

    private var samples: [Float] {
        let edges: [Float] = [
            0, -0.0, 1, -1, 65504, 65519, 65520, 1e6, -1e30, 6e-8, 2.9e-8, 3e-8, -5.96e-8, 6.1e-5, 6.0976e-5,
            .leastNonzeroMagnitude,
            .infinity, -.infinity, 0.1, 1.0 / 3, 2049, 2051, 1e-20, 3.38e38,
        ]
        let bits = (0..<200_000).map { Float(bitPattern: UInt32(truncatingIfNeeded: $0 &* 2_654_435_761)) }.filter {
            !$0.isNaN
        }
        return edges + edges.map { -$0 } + bits
    }

    #if !(os(macOS) && arch(x86_64))
        /// Oracle: Swift's own Float16, but that what is too large for it becomes its largest number.
        @Test("float16 rounds to the nearest, ties to even")
        func float16() {
            let largest = Float(Float16.greatestFiniteMagnitude)
            for (value, actual) in zip(samples, encoded(samples, .float16)) {
                let expected = Float(Float16(max(-largest, min(largest, value))))
                #expect(
                    actual == expected && actual.sign == expected.sign, "\(value) became \(actual), not \(expected)")
            }
        }
    #endif

    /// Oracle: the two neighbours that have the upper half of a float's bits, and the distances from them in Double.
    @Test("bfloat16 rounds to the nearest, ties to even")
    func bfloat16() {
        for (value, actual) in zip(samples, encoded(samples, .bfloat16)) where value.isFinite && abs(value) < 3.38e38 {
            let below = Float(bitPattern: value.bitPattern & 0xFFFF_0000)
            let above = Float(bitPattern: (value.bitPattern & 0xFFFF_0000) &+ 0x1_0000)
            let (low, high) = (abs(Double(value) - Double(below)), abs(Double(above) - Double(value)))
            let isEven = below.bitPattern & 0x1_0000 == 0
            let expected = low < high || (low == high && isEven) ? below : above
            #expect(actual == expected, "\(value) became \(actual), not \(expected)")
        }
    }

    @Test("what is no number stays none, and leaves nothing behind", arguments: [WireFormat.bfloat16, .float16])
    func nan(_ format: WireFormat) {
        let residual = Tensor.zeros([2])
        #expect(encoded([.nan, -.nan], format, residual: residual).allSatisfy { $0.isNaN })
        #expect(residual == .zeros([2]))
    }

    /// Oracle: with error feedback, what has been sent differs from what was to be sent by the residual alone, however
    /// many steps; without it, errors of half a unit in the last place add up.
    @Test("error feedback loses nothing in the long run", arguments: [WireFormat.bfloat16, .float16])
    func feedback(_ format: WireFormat) {
        let count = 37
        let residual = Tensor.zeros([count])
        var (sent, wanted) = ([Double](repeating: 0, count: count), [Double](repeating: 0, count: count))
        for step in 0..<500 {
            // Too large for float16 now and then.
            let values = (0..<count).map { Float($0 + 1) * (step % 100 == 7 ? 3000 : 1.001 + 0.01 * Float(step % 7)) }
            for (index, value) in encoded(values, format, residual: residual).enumerated() {
                sent[index] += Double(value)
                wanted[index] += Double(values[index])
            }
        }
        for index in 0..<count {
            let error = wanted[index] - sent[index] - Double(residual[index])
            #expect(abs(error) < 1e-6 * wanted[index], "element \(index): \(error) lost of \(wanted[index])")
            #expect(abs(residual[index]) < 0.01 * Float(wanted[index]), "the residual itself stays small")
        }
    }
}
