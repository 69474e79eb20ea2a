import CZlib

/// A checksum (CRC-32) that is stored in its own file. It covers all bytes of the file, with zeros in place of its
/// digits.
package enum Checksum {
    /// The name and the place of the digits, as they stand in a JSON header.
    package static let name = "checksum"
    package static let blank = "00000000"
    private static let label = Array("\"\(name)\":\"".utf8)

    /// Writes the checksum over its blank digits.
    package static func seal(_ bytes: inout [UInt8]) {
        guard let place = place(in: bytes) else { preconditionFailure("a file without a place for its checksum") }
        bytes.replaceSubrange(place, with: digits(bytes))
    }

    /// Whether the bytes are unchanged since they were sealed.
    package static func isIntact(_ bytes: [UInt8]) -> Bool {
        guard let place = place(in: bytes) else { return false }
        var blanked = bytes
        blanked.replaceSubrange(place, with: Array(blank.utf8))
        return digits(blanked) == Array(bytes[place])
    }

    private static func place(in bytes: [UInt8]) -> Range<Int>? {
        let last = bytes.count - label.count - blank.utf8.count
        guard last >= 0 else { return nil }
        let first = bytes.withUnsafeBufferPointer { bytes in
            (0...last).first { start in
                bytes[start] == label[0] && bytes[start..<start + label.count].elementsEqual(label)
            }
        }
        return first.map { $0 + label.count..<$0 + label.count + blank.utf8.count }
    }

    private static func digits(_ bytes: [UInt8]) -> [UInt8] {
        let sum = String(crc32_z(0, bytes, bytes.count), radix: 16)
        return Array((String(repeating: "0", count: blank.count - sum.count) + sum).utf8)
    }
}
