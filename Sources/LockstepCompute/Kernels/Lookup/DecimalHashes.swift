/// Hashes of whole numbers, written in decimal digits: those that TensorFlow has for strings.
package struct Decimal: Sendable {
    /// The digits, behind a minus where the number is negative.
    private var text = SIMD32<UInt8>()
    private var count = 0

    package init(_ number: Int64) {
        var rest = number.magnitude
        var digits = SIMD32<UInt8>()
        repeat {
            digits[count] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
            count += 1
        } while rest > 0
        if number < 0 {
            digits[count] = UInt8(ascii: "-")
            count += 1
        }
        for index in 0..<count { text[index] = digits[count - 1 - index] }
    }

    /// The bytes from a place on as a little-endian number.
    private func word(_ place: Int, bytes: Int = 8) -> UInt64 {
        (0..<bytes).reduce(0) { $0 | UInt64(text[place + $1]) << UInt64(8 * $1) }
    }

    // MARK: FarmHash

    private static let k0: UInt64 = 0xc3a5_c85c_97cb_3127
    private static let k1: UInt64 = 0xb492_b66f_be98_f273
    private static let k2: UInt64 = 0x9ae1_6a3b_2f90_404f

    /// FarmHash's `Fingerprint64` (G. Pike, 2014), of texts of 1 to 32 bytes.
    package var fingerprint: UInt64 {
        let factor = Self.k2 &+ 2 &* UInt64(count)
        switch count {
        case 1..<4:
            let y = UInt64(text[0]) | UInt64(text[count >> 1]) << 8
            let z = UInt64(count) + UInt64(text[count - 1]) << 2
            return Self.mixed(y &* Self.k2 ^ z &* Self.k0) &* Self.k2
        case 4..<8:
            return Self.hash(
                UInt64(count) &+ word(0, bytes: 4) << 3, word(count - 4, bytes: 4), factor)
        case 8...16:
            let (a, b) = (word(0) &+ Self.k2, word(count - 8))
            return Self.hash(
                Self.rotated(b, 37) &* factor &+ a, (Self.rotated(a, 25) &+ b) &* factor, factor)
        default:
            let (a, b) = (word(0) &* Self.k1, word(8))
            let (c, d) = (word(count - 8) &* factor, word(count - 16) &* Self.k2)
            return Self.hash(
                Self.rotated(a &+ b, 43) &+ Self.rotated(c, 30) &+ d, a &+ Self.rotated(b &+ Self.k2, 18) &+ c, factor)
        }
    }

    private static func hash(_ u: UInt64, _ v: UInt64, _ factor: UInt64) -> UInt64 {
        let a = mixed((u ^ v) &* factor)
        return mixed((v ^ a) &* factor) &* factor
    }

    private static func mixed(_ value: UInt64) -> UInt64 { value ^ value >> 47 }
    private static func rotated(_ value: UInt64, _ bits: UInt64) -> UInt64 { value >> bits | value << (64 - bits) }

    /// One fingerprint of two, TensorFlow's `FingerprintCat64`.
    package static func joined(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let factor: UInt64 = 0xc6a4_a793_5bd1_e995
        let joined = (a ^ factor ^ mixed(b &* factor) &* factor) &* factor
        return mixed(mixed(joined) &* factor)
    }

    // MARK: SipHash

    /// SipHash-2-4 (J.-P. Aumasson and D. J. Bernstein, 2012) with a key of two words.
    package func keyedHash(_ key: (UInt64, UInt64)) -> UInt64 {
        var state = SipState(key)
        for block in 0..<count / 8 { state.take(word(8 * block)) }
        let rest = count % 8
        state.take(word(count - rest, bytes: rest) | UInt64(count) << 56)
        return state.finish()
    }
}

private struct SipState {
    private var a, b, c, d: UInt64

    init(_ key: (UInt64, UInt64)) {
        a = key.0 ^ 0x736f_6d65_7073_6575
        b = key.1 ^ 0x646f_7261_6e64_6f6d
        c = key.0 ^ 0x6c79_6765_6e65_7261
        d = key.1 ^ 0x7465_6462_7974_6573
    }

    mutating func take(_ word: UInt64) {
        d ^= word
        for _ in 0..<2 { mix() }
        a ^= word
    }

    mutating func finish() -> UInt64 {
        c ^= 0xff
        for _ in 0..<4 { mix() }
        return a ^ b ^ c ^ d
    }

    private mutating func mix() {
        func rotated(_ value: UInt64, _ bits: UInt64) -> UInt64 { value << bits | value >> (64 - bits) }
        a = a &+ b
        b = rotated(b, 13) ^ a
        a = rotated(a, 32)
        c = c &+ d
        d = rotated(d, 16) ^ c
        a = a &+ d
        d = rotated(d, 21) ^ a
        c = c &+ b
        b = rotated(b, 17) ^ c
        c = rotated(c, 32)
    }
}
