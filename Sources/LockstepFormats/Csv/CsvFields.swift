/// One field of a table: the range of its text, without quotes and without blanks around it.
struct CsvField {
    let range: Range<Int>
    let isQuoted: Bool
    let line: Int
    /// Whether it is the last of its row.
    let endsRow: Bool
}

/// The fields of a table, one after another (RFC 4180). Quotes may contain separators, line ends and doubled quotes.
struct CsvFields {
    let text: CsvText
    let separator: UInt8
    private(set) var position: Int
    private(set) var line: Int

    private static let quote = UInt8(ascii: "\"")

    init(_ text: CsvText, separator: UInt8) {
        self.text = text
        self.separator = separator
        position = text.start
        line = text.firstLine
    }

    var isAtEnd: Bool { position >= text.bytes.count }

    /// Skips the line that begins here, if it is blank.
    mutating func skipBlankLine() -> Bool {
        var end = position
        while isBlank(text.bytes[end]) { end += 1 }
        guard text.bytes[end] == CsvText.lineFeed else { return false }
        position = end + 1
        line += 1
        return true
    }

    /// The next field. There must be one.
    ///
    /// - Throws: `FormatError.notOfFormat` for a quote that does not end.
    mutating func next() throws(FormatError) -> CsvField {
        var start = position
        while isBlank(text.bytes[start]) { start += 1 }
        if text.bytes[start] == Self.quote, let field = try quoted(from: start) { return field }
        var end = start
        while text.bytes[end] != separator, text.bytes[end] != CsvText.lineFeed { end += 1 }
        let field = move(behind: end, line: line)
        while end > start, isBlank(text.bytes[end - 1]) { end -= 1 }
        return CsvField(range: start..<end, isQuoted: false, line: field.line, endsRow: field.endsRow)
    }

    /// All fields of the next row.
    mutating func row() throws(FormatError) -> [CsvField] {
        var fields = [try next()]
        while !fields[fields.count - 1].endsRow { fields.append(try next()) }
        return fields
    }

    /// A field in quotes; nil if text follows the closing quote, because the quotes are then part of the text.
    private mutating func quoted(from start: Int) throws(FormatError) -> CsvField? {
        var end = start + 1
        var lastLine = line
        while end < text.bytes.count {
            if text.bytes[end] == CsvText.lineFeed { lastLine += 1 }
            if text.bytes[end] == Self.quote {
                guard end + 1 < text.bytes.count, text.bytes[end + 1] == Self.quote else { break }
                end += 1
            }
            end += 1
        }
        guard end < text.bytes.count else {
            throw .notOfFormat(
                file: text.file, format: "csv", reason: "the quote that begins in line \(line) does not end")
        }
        var next = end + 1
        while isBlank(text.bytes[next]) { next += 1 }
        guard text.bytes[next] == separator || text.bytes[next] == CsvText.lineFeed else { return nil }
        let field = move(behind: next, line: lastLine)
        return CsvField(range: start + 1..<end, isQuoted: true, line: field.line, endsRow: field.endsRow)
    }

    /// Moves past the separator or the line end after a field.
    private mutating func move(behind end: Int, line lastLine: Int) -> (line: Int, endsRow: Bool) {
        let (first, endsRow) = (line, text.bytes[end] == CsvText.lineFeed)
        position = end + 1
        line = lastLine + (endsRow ? 1 : 0)
        return (first, endsRow)
    }

    private func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\r") || (byte == UInt8(ascii: "\t") && byte != separator)
    }
}

extension CsvText {
    /// The text of a field.
    ///
    /// - Throws: `FormatError.encoding` if it is not UTF-8.
    func string(_ field: CsvField) throws(FormatError) -> String {
        guard let string = String(validating: bytes[field.range], as: UTF8.self) else {
            throw .encoding(file: file, line: field.line, name: "Latin-1 or Windows-1252")
        }
        return field.isQuoted ? string.replacing("\"\"", with: "\"") : string
    }
}
