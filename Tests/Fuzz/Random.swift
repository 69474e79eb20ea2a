/// SplitMix64 (Steele, Lea and Flood 2014): the same numbers for the same seed, on every machine.
struct Random: RandomNumberGenerator {
    private var state: UInt64

    /// Numbers of their own for each input of each target.
    init(seed: UInt64, target: String, index: Int) {
        state = seed
        for byte in target.utf8 { state = next() ^ UInt64(byte) }
        state = next() ^ UInt64(index)
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Below `bound`, which is above 0.
    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }
    /// True once in `count` times.
    mutating func once(in count: Int) -> Bool { below(count) == 0 }
    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }
}
