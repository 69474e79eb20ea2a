/// Values as bytes between ranks of one program on one kind of machine: fixed-width, little-endian, no field names.

/// A value that can be sent.
package protocol Transferable {
    func write(to writer: inout WireWriter)
    init(from reader: inout WireReader) throws(ClusterError)
}

package struct WireWriter {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package mutating func write(_ value: Int) {
        withUnsafeBytes(of: Int64(value).littleEndian) { bytes.append(contentsOf: $0) }
    }
    package mutating func write(_ value: Double) { write(Int(Int64(bitPattern: value.bitPattern))) }
    package mutating func write(_ value: Bool) { bytes.append(value ? 1 : 0) }
    package mutating func write(_ value: UInt64) { write(Int(Int64(bitPattern: value))) }

    package mutating func write(_ value: String) { write(Array(value.utf8)) }

    package mutating func write(_ values: [UInt8]) {
        write(values.count)
        bytes += values
    }

    /// An array, or nil.
    package mutating func write<Element>(_ values: [Element]?, _ element: (inout WireWriter, Element) -> Void) {
        write(values?.count ?? -1)
        for value in values ?? [] { element(&self, value) }
    }
}

package struct WireReader {
    private let bytes: [UInt8]
    private var position = 0

    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    package mutating func readInt() throws(ClusterError) -> Int {
        guard position + 8 <= bytes.count else { throw .malformedMessage(expected: "an integer") }
        var value: UInt64 = 0
        for offset in 0..<8 { value |= UInt64(bytes[position + offset]) << (8 * UInt64(offset)) }
        position += 8
        return Int(Int64(bitPattern: value))
    }

    package mutating func readDouble() throws(ClusterError) -> Double { Double(bitPattern: try readUInt64()) }
    package mutating func readUInt64() throws(ClusterError) -> UInt64 { UInt64(bitPattern: Int64(try readInt())) }

    package mutating func readByte() throws(ClusterError) -> UInt8 {
        guard position < bytes.count else { throw .malformedMessage(expected: "a byte") }
        position += 1
        return bytes[position - 1]
    }

    package mutating func readBool() throws(ClusterError) -> Bool { try readByte() != 0 }

    package mutating func readString() throws(ClusterError) -> String {
        String(decoding: try readBytes(), as: UTF8.self)
    }

    package mutating func readBytes() throws(ClusterError) -> [UInt8] {
        let count = try readInt()
        guard count >= 0, count <= bytes.count - position else { throw .malformedMessage(expected: "\(count) bytes") }
        defer { position += count }
        return Array(bytes[position..<position + count])
    }

    package mutating func readArray<Element>(
        _ element: (inout WireReader) throws(ClusterError) -> Element
    ) throws(ClusterError) -> [Element]? {
        let count = try readInt()
        guard count >= 0 else { return nil }
        guard count <= bytes.count - position else {
            throw .malformedMessage(expected: "an array of \(count) elements")
        }
        var values: [Element] = []
        values.reserveCapacity(count)
        for _ in 0..<count { values.append(try element(&self)) }
        return values
    }
}
