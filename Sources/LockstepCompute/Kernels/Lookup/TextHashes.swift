/// The bytes of a text, for the hashes that TensorFlow has for strings.
package struct TextBytes {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var count: Int { bytes.count }

    package init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    /// The bytes from a place on as a little-endian number.
    private func word(_ place: Int, bytes count: Int = 8) -> UInt64 {
        (0..<count).reduce(0) { $0 | UInt64(bytes[place + $1]) << UInt64(8 * $1) }
    }

    // MARK: FarmHash

    private static let k0: UInt64 = 0xc3a5_c85c_97cb_3127
    private static let k1: UInt64 = 0xb492_b66f_be98_f273
    private static let k2: UInt64 = 0x9ae1_6a3b_2f90_404f

    /// FarmHash's `Fingerprint64` (G. Pike, 2014).
    package var fingerprint: UInt64 {
        let factor = Self.k2 &+ 2 &* UInt64(count)
        switch count {
        case 0: return Self.k2
        case 1..<4:
            let y = UInt64(bytes[0]) | UInt64(bytes[count >> 1]) << 8
            let z = UInt64(count) + UInt64(bytes[count - 1]) << 2
            return Self.mixed(y &* Self.k2 ^ z &* Self.k0) &* Self.k2
        case 4..<8:
            return Self.hash(
                UInt64(count) &+ word(0, bytes: 4) << 3, word(count - 4, bytes: 4), factor)
        case 8...16:
            let (a, b) = (word(0) &+ Self.k2, word(count - 8))
            return Self.hash(
                Self.rotated(b, 37) &* factor &+ a, (Self.rotated(a, 25) &+ b) &* factor, factor)
        case 17...32:
            let (a, b) = (word(0) &* Self.k1, word(8))
            let (c, d) = (word(count - 8) &* factor, word(count - 16) &* Self.k2)
            return Self.hash(
                Self.rotated(a &+ b, 43) &+ Self.rotated(c, 30) &+ d, a &+ Self.rotated(b &+ Self.k2, 18) &+ c, factor)
        case 33...64:
            let (a, b) = (word(0) &* Self.k2, word(8))
            let (c, d) = (word(count - 8) &* factor, word(count - 16) &* Self.k2)
            let y = Self.rotated(a &+ b, 43) &+ Self.rotated(c, 30) &+ d
            let z = Self.hash(y, a &+ Self.rotated(b &+ Self.k2, 18) &+ c, factor)
            let (e, f) = (word(16) &* factor, word(24))
            let (g, h) = ((y &+ word(count - 32)) &* factor, (z &+ word(count - 24)) &* factor)
            return Self.hash(
                Self.rotated(e &+ f, 43) &+ Self.rotated(g, 30) &+ h, e &+ Self.rotated(f &+ a, 18) &+ g, factor)
        default:
            return longFingerprint
        }
    }

    /// The fingerprint of more than 64 bytes: of blocks of 64, the last of which may overlap the one before.
    private var longFingerprint: UInt64 {
        let blocks = (count - 1) / 64
        let rest = UInt64((count - 1) % 64)
        var state = FarmState(seed: 81, k0: Self.k0, k1: Self.k1, k2: Self.k2, first: word(0))
        for block in 0..<blocks { state.take({ word(64 * block + $0) }, factor: Self.k1, weight: 1) }
        let factor = Self.k1 &+ (state.z & 0xff) << 1
        state.w.0 &+= rest
        state.v.0 &+= state.w.0
        state.w.0 &+= state.v.0
        state.take({ word(count - 64 + $0) }, factor: factor, weight: 9)
        return Self.hash(
            Self.hash(state.v.0, state.w.0, factor) &+ Self.mixed(state.y) &* Self.k0 &+ state.z,
            Self.hash(state.v.1, state.w.1, factor) &+ state.x, factor)
    }

    private static func hash(_ u: UInt64, _ v: UInt64, _ factor: UInt64) -> UInt64 {
        let a = mixed((u ^ v) &* factor)
        return mixed((v ^ a) &* factor) &* factor
    }

    fileprivate static func mixed(_ value: UInt64) -> UInt64 { value ^ value >> 47 }
    fileprivate static func rotated(_ value: UInt64, _ bits: UInt64) -> UInt64 { value >> bits | value << (64 - bits) }

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

/// The state of FarmHash over a long text.
private struct FarmState {
    var x, y, z: UInt64
    var v: (UInt64, UInt64) = (0, 0)
    var w: (UInt64, UInt64) = (0, 0)

    init(seed: UInt64, k0: UInt64, k1: UInt64, k2: UInt64, first: UInt64) {
        y = seed &* k1 &+ 113
        z = TextBytes.mixed(y &* k2 &+ 113) &* k2
        x = seed &* k2 &+ first
    }

    /// Takes a block of 64 bytes.
    mutating func take(_ word: (Int) -> UInt64, factor: UInt64, weight: UInt64) {
        x = TextBytes.rotated(x &+ y &+ v.0 &+ word(8), 37) &* factor
        y = TextBytes.rotated(y &+ v.1 &+ word(48), 42) &* factor
        x ^= w.1 &* weight
        y &+= v.0 &* weight &+ word(40)
        z = TextBytes.rotated(z &+ w.0, 33) &* factor
        v = Self.mixed({ word($0) }, v.1 &* factor, x &+ w.0)
        w = Self.mixed({ word(32 + $0) }, z &+ w.1, y &+ word(16))
        swap(&z, &x)
    }

    private static func mixed(_ word: (Int) -> UInt64, _ a: UInt64, _ b: UInt64) -> (UInt64, UInt64) {
        let start = a &+ word(0)
        let last = word(24)
        let sum = start &+ word(8) &+ word(16)
        let turned = TextBytes.rotated(b &+ start &+ last, 21) &+ TextBytes.rotated(sum, 44)
        return (sum &+ last, turned &+ start)
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
