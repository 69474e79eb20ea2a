import LockstepCompute
import LockstepLayers

/// The header of a `.safetensors` file: its length in 8 bytes, and a JSON object with the type, the shape and the place
/// in the data of each array.
///
/// The reader refuses what the format forbids, as the reference implementation does: arrays that overlap, leave a hole,
/// or do not end with the file, places that contradict the shape, and a name that occurs twice.
struct SafetensorsHeader {
    struct Entry {
        let name: String
        let element: ElementType
        let shape: Shape
        /// In bytes, from where the data begins.
        let range: Range<Int>
    }

    /// In the order of their places.
    let entries: [Entry]
    let metadata: [String: String]
    /// Where the data begins.
    let size: Int

    /// The limit of the reference implementation.
    private static let largest = 100_000_000
    private static let elements: [String: ElementType] = [
        "F64": .float(bytes: 8), "F32": .float(bytes: 4), "F16": .float(bytes: 2), "BF16": .bfloat16,
        "I64": .signed(bytes: 8), "I32": .signed(bytes: 4), "I16": .signed(bytes: 2), "I8": .signed(bytes: 1),
        "U64": .unsigned(bytes: 8), "U32": .unsigned(bytes: 4), "U16": .unsigned(bytes: 2), "U8": .unsigned(bytes: 1),
        "BOOL": .bool,
    ]

    init(_ bytes: [UInt8], file: String) throws(FormatError) {
        func fail(_ reason: String) -> FormatError { .notOfFormat(file: file, format: ".safetensors", reason: reason) }
        guard bytes.count >= 8 else { throw fail("it has \(bytes.count) bytes") }
        let length = bytes[..<8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        guard length <= Self.largest, Int(length) <= bytes.count - 8 else {
            throw fail(
                "its header of \(length) bytes is longer than \(length > Self.largest ? "the format allows" : "the file")"
            )
        }
        size = 8 + Int(length)
        let text = Array(bytes[8..<size])
        guard let root = try Json.parse(text, file: file).object else { throw fail("its header is no JSON object") }
        guard Self.memberCount(text) == Self.memberCount(.object(root)) else {
            throw fail("a name occurs twice in its header")
        }

        var metadata: [String: String] = [:]
        var entries: [Entry] = []
        for (name, value) in root {
            if name == "__metadata__" {
                for (key, text) in value.object ?? [:] { metadata[key] = text.string }
                guard metadata.count == value.object?.count else {
                    throw fail("its __metadata__ is no object of texts")
                }
            } else {
                entries.append(try Self.entry(name, value, file: file))
            }
        }
        entries.sort {
            ($0.range.lowerBound, $0.range.upperBound, $0.name) < ($1.range.lowerBound, $1.range.upperBound, $1.name)
        }
        var end = 0
        for entry in entries {
            guard entry.range.lowerBound == end else {
                throw fail(
                    "the tensor '\(entry.name)' begins at byte \(entry.range.lowerBound) of the data, where \(end) is expected"
                )
            }
            end = entry.range.upperBound
        }
        guard end == bytes.count - size else {
            let last = entries.last.map { "the last tensor, '\($0.name)', ends" } ?? "it has no tensors, so they end"
            throw fail("\(last) at byte \(end) of the data, which has \(bytes.count - size)")
        }
        self.metadata = metadata
        self.entries = entries
    }

    private static func entry(_ name: String, _ value: ConfigurationValue, file: String) throws(FormatError) -> Entry {
        func fail(_ reason: String) -> FormatError {
            .notOfFormat(file: file, format: ".safetensors", reason: "the tensor '\(name)' \(reason)")
        }
        guard let type = value["dtype"]?.string else { throw fail("has no dtype") }
        guard let element = elements[type] else {
            throw .unsupported(file: file, feature: "the element type \(type) of the tensor '\(name)'")
        }
        guard let dimensions = numbers(value["shape"]) else { throw fail("has no shape") }
        guard let offsets = numbers(value["data_offsets"]), offsets.count == 2, offsets[0] <= offsets[1] else {
            throw fail("has no data_offsets")
        }
        guard element.byteCount(dimensions) == offsets[1] - offsets[0] else {
            throw fail("of the type \(type) and the shape \(dimensions) has \(offsets[1] - offsets[0]) bytes")
        }
        return Entry(name: name, element: element, shape: Shape(dimensions), range: offsets[0]..<offsets[1])
    }

    /// Whole numbers that are not negative; nil if the value is anything else.
    private static func numbers(_ value: ConfigurationValue?) -> [Int]? {
        guard let list = value?.list else { return nil }
        var numbers: [Int] = []
        for case .integer(let number) in list where number >= 0 { numbers.append(number) }
        return numbers.count == list.count ? numbers : nil
    }

    /// How many members all objects of a value have together.
    private static func memberCount(_ value: ConfigurationValue) -> Int {
        switch value {
        case .object(let members): members.count + members.values.reduce(0) { $0 + memberCount($1) }
        case .list(let values): values.reduce(0) { $0 + memberCount($1) }
        default: 0
        }
    }

    /// How many members all objects of a JSON text have together, counted by their colons. It counts every member of a
    /// repeated name, of which the parser keeps one.
    private static func memberCount(_ text: [UInt8]) -> Int {
        var count = 0
        var isString = false
        var isEscaped = false
        for byte in text {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\"") {
                isString.toggle()
            } else if isString {
                isEscaped = byte == UInt8(ascii: "\\")
            } else if byte == UInt8(ascii: ":") {
                count += 1
            }
        }
        return count
    }
}
