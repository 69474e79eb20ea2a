/// Mutations that know nothing of a format.
enum Bytes {
    /// What programs compare sizes and counts with.
    private static let integers: [Int64] = [
        0, 1, 2, -1, -2, 7, 8, 15, 16, 31, 32, 63, 64, 127, 128, 255, 256, 1023, 1024, 4095, 4096, 32767, 32768, 65535,
        65536, 1 << 24,
        (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 32, 1 << 40, 1 << 48, 1 << 61, .max, .min,
    ]

    /// A few mutations, one after the other.
    static func mutated(_ bytes: [UInt8], others: [[UInt8]], _ random: inout Random) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<(1 << random.below(5)) { mutate(&bytes, others, &random) }
        return bytes
    }

    private static func mutate(_ bytes: inout [UInt8], _ others: [[UInt8]], _ random: inout Random) {
        guard !bytes.isEmpty else { return bytes.append(UInt8(random.below(256))) }
        let place = self.place(in: bytes, &random)
        switch random.below(24) {
        case 0..<6: bytes[place] ^= 1 << random.below(8)
        case 6..<10: bytes[place] = UInt8(random.below(256))
        case 10..<16: set(&bytes, at: place, random.pick(integers), &random)
        case 16..<18:
            let change = UInt8(random.below(35))
            bytes[place] = random.once(in: 2) ? bytes[place] &+ change : bytes[place] &- change
        case 18: bytes.removeSubrange(place...)
        case 19: bytes.removeSubrange(part(of: bytes, from: place, &random))
        case 20: bytes.insert(contentsOf: (0..<(1 + random.below(16))).map { _ in UInt8(random.below(256)) }, at: place)
        case 21:
            bytes.insert(contentsOf: bytes[part(of: bytes, from: place, &random)], at: self.place(in: bytes, &random))
        case 22:
            let part = part(of: bytes, from: place, &random)
            let target = random.below(bytes.count - part.count + 1)
            bytes.replaceSubrange(target..<target + part.count, with: Array(bytes[part]))
        default:
            let other = random.pick(others)
            guard !other.isEmpty else { return }
            bytes.replaceSubrange(place..., with: other[min(place, random.below(other.count))...])
        }
    }

    /// Headers are where the structure is: half of all places are near the beginning, or near letters, which signatures
    /// and names are.
    private static func place(in bytes: [UInt8], _ random: inout Random) -> Int {
        switch random.below(4) {
        case 0: return random.below(min(bytes.count, 128))
        case 1:
            let place = random.below(bytes.count)
            let isLetter: (UInt8) -> Bool = { (UInt8(ascii: "A")...UInt8(ascii: "z")).contains($0) }
            return min((bytes[place...].firstIndex(where: isLetter) ?? place) + random.below(32), bytes.count - 1)
        default: return random.below(bytes.count)
        }
    }

    private static func part(of bytes: [UInt8], from place: Int, _ random: inout Random) -> Range<Int> {
        place..<min(place + 1 + random.below(1 << random.below(12)), bytes.count)
    }

    /// Overwrites 1, 2, 4 or 8 bytes, in either order.
    private static func set(_ bytes: inout [UInt8], at place: Int, _ value: Int64, _ random: inout Random) {
        let size = 1 << random.below(4)
        var value = withUnsafeBytes(of: value.littleEndian) { Array($0.prefix(size)) }
        if random.once(in: 3) { value.reverse() }
        for (index, byte) in value.enumerated() where place + index < bytes.count { bytes[place + index] = byte }
    }
}
