import CZlib
import LockstepCompute

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Tables of numbers as text, one row a line; gzip files are read, and written where the name ends in `.gz`, through zlib.
///
/// Its own reader, for the CSV libraries make a string of every field: numbers are parsed where they lie.
public enum Csv {
    /// A table of numbers, `[rows, columns]`.
    ///
    /// - Parameters:
    ///   - separator: what stands between two numbers; blanks around them do not count.
    ///   - skipping: lines at the beginning to pass over. A first line of names, none of which is a number, needs no telling.
    /// - Throws: `FormatError` that names line and column, if a field is no number, a row has another length, or the file is cut short.
    public static func read(_ path: String, separator: Character = ",", skipping: Int = 0) throws(FormatError) -> Tensor {
        var bytes = try FileBytes.inflated(path)
        bytes.append(0)  // ends the last number for strtof
        guard let separator = separator.asciiValue else {
            throw .unsupported(file: path, feature: "the separator '\(separator)', which is not ASCII,")
        }
        var values: [Float] = []
        var columns = 0
        var rows = 0
        var line = 0
        // Behind the mark that some programs begin UTF-8 with.
        var start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        var hasHeader = false
        while start < bytes.count - 1 {
            let end = bytes[start..<bytes.count - 1].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count - 1
            line += 1
            defer { start = end + 1 }
            let isBlank = bytes[start..<end].allSatisfy { isSpace($0) }
            if line <= skipping || isBlank { continue }
            if rows == 0, !hasHeader, isHeader(bytes, start..<end, separator) {
                hasHeader = true
                continue
            }
            let before = values.count
            try parse(bytes, start..<end, separator, file: path, line: line, into: &values)
            let received = values.count - before
            if rows == 0 { columns = received }
            guard received == columns else { throw .columnCount(file: path, line: line, expected: columns, received: received) }
            rows += 1
        }
        guard rows > 0 else { throw .notOfFormat(file: path, format: "csv", reason: "it has no rows of numbers") }
        let tensor = Tensor.zeros([rows, columns])
        tensor.assign(Tensor(values))
        return tensor
    }

    /// Writes a matrix, or a vector as a column, with the digits that give back the same floats; to a temporary name, synced, renamed.
    ///
    /// - Throws: `FormatError.cannotWrite`.
    public static func write(_ tensor: Tensor, to path: String, header: [String]? = nil) throws(FormatError) {
        let columns = tensor.shape.rank < 2 ? 1 : tensor.count / max(tensor.rowCount, 1)
        var text = header.map { $0.joined(separator: ",") + "\n" } ?? ""
        for row in 0..<(columns == 0 ? 0 : tensor.count / columns) {
            text += (0..<columns).map { "\(tensor[row * columns + $0])" }.joined(separator: ",") + "\n"
        }
        guard path.hasSuffix(".gz") else { return try writeText(text, to: path) }
        try FileBytes.replace(path) { (temporary) throws(FormatError) in
            guard let file = gzopen(temporary, "wb") else { throw .cannotWrite(file: path, reason: FileBytes.lastError()) }
            let bytes = Array(text.utf8)
            let written = bytes.isEmpty ? 0 : gzfwrite(bytes, 1, bytes.count, file)
            guard gzclose(file) == Z_OK, written == bytes.count else { throw .cannotWrite(file: path, reason: FileBytes.lastError()) }
            try FileBytes.sync(temporary, for: path)
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == 9 || byte == 13 }

    /// Whether every field is text, and none of it a number or nothing.
    private static func isHeader(_ bytes: [UInt8], _ range: Range<Int>, _ separator: UInt8) -> Bool {
        bytes[range].split(separator: separator, omittingEmptySubsequences: false).allSatisfy { field in
            let isText = String(decoding: field, as: UTF8.self).unicodeScalars.allSatisfy { scalar in
                scalar != "\u{FFFD}" && (scalar.properties.generalCategory != .control || scalar == "\t" || scalar == "\r")
            }
            return isText && field.contains { !isSpace($0) } && number(bytes, field.startIndex..<field.endIndex) == nil
        }
    }

    /// Appends the numbers of one line.
    private static func parse(
        _ bytes: [UInt8], _ range: Range<Int>, _ separator: UInt8, file: String, line: Int, into values: inout [Float]
    ) throws(FormatError) {
        var position = range.lowerBound
        var column = 0
        while position <= range.upperBound {
            column += 1
            let end = bytes[position..<range.upperBound].firstIndex(of: separator) ?? range.upperBound
            guard let value = number(bytes, position..<end) else {
                let field = String(decoding: bytes[position..<min(end, position + 40)], as: UTF8.self)
                throw .number(file: file, line: line, column: column, received: field)
            }
            values.append(value)
            position = end + 1
        }
    }

    /// The number that a field holds, with blanks around it; nil if it is none. Something must follow the field.
    private static func number(_ bytes: [UInt8], _ field: Range<Int>) -> Float? {
        var parsed = field.lowerBound
        let value: Float = bytes.withUnsafeBufferPointer { buffer in
            buffer.baseAddress!.withMemoryRebound(to: CChar.self, capacity: buffer.count) { text in
                var stop: UnsafeMutablePointer<CChar>?
                let value = strtof(text + field.lowerBound, &stop)
                parsed = stop! - UnsafeMutablePointer(mutating: text)
                return value
            }
        }
        // strtof skips blanks, line ends included, so it may have run past an empty field.
        let isNumber =
            parsed > field.lowerBound && parsed <= field.upperBound && bytes[parsed..<field.upperBound].allSatisfy { isSpace($0) }
        return isNumber ? value : nil
    }
}
