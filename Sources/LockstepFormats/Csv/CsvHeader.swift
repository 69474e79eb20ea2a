/// The names of a table's columns, if its first line is a header.
struct CsvHeader {
    let names: [String]
    /// The note, if the line could also be a row of numbers.
    let note: String?

    /// The first rows of a table, enough to tell names from numbers.
    struct Sample {
        let rows: [[(text: String, kind: CsvFieldKind)]]
        let line: Int

        init(_ text: CsvText, dialect: CsvDialect) throws(FormatError) {
            var fields = CsvFields(text, separator: dialect.separator)
            var rows: [[(text: String, kind: CsvFieldKind)]] = []
            var line = fields.line
            while rows.count < 11, !fields.isAtEnd {
                if fields.skipBlankLine() { continue }
                if rows.isEmpty { line = fields.line }
                var row: [(text: String, kind: CsvFieldKind)] = []
                for field in try fields.row() {
                    // Invalid text in later rows may be in columns that are not requested.
                    let isHere = rows.isEmpty || String(validating: text.bytes[field.range], as: UTF8.self) != nil
                    let string = isHere ? try text.string(field) : "?"
                    row.append((string, CsvFieldKind(string, isQuoted: field.isQuoted, sign: dialect.sign)))
                }
                rows.append(row)
            }
            self.rows = rows
            self.line = line
        }
    }

    /// The header of a table; nil if its first line is a row.
    ///
    /// - Parameters:
    ///   - wanted: the requested names of columns.
    ///   - guesses: whether a line that could also be a row may be read as the header.
    /// - Throws: as `CsvFields.next()`.
    init?(_ sample: Sample, of text: CsvText, dialect: CsvDialect, wanted: [String], guesses: Bool) throws(FormatError)
    {
        guard let first = sample.rows.first, !first.contains(where: { $0.kind == .binary }) else { return nil }
        let below = sample.rows.dropFirst()
        names = first.map(\.text)
        func isNumeric(_ column: Int) -> Bool {
            let kinds = below.compactMap { column < $0.count ? $0[column].kind : nil }
            return !kinds.contains(.name) && kinds.contains { $0.isNumeric }
        }
        let place = "line \(sample.line), '\(Self.shortened(names))', is taken for the names of the columns"
        let areNames = first.enumerated().allSatisfy { $1.kind == .name || ($0 == 0 && $1.text.isEmpty) }
        let isOverNumbers = first.indices.contains { first[$0].kind == .name && isNumeric($0) }
        let isAskedFor = !wanted.isEmpty && wanted.allSatisfy(names.contains)
        if areNames,
            isOverNumbers || isAskedFor || below.isEmpty || below.contains(where: { $0.contains { $0.kind.isNumeric } })
        {
            note = nil
        } else if isOverNumbers || isAskedFor {
            note = place
        } else if guesses, Self.countsColumns(names), below.first.map({ !Self.continues($0.map(\.text)) }) ?? false,
            try !Self.recurs(text, dialect, { $0.allSatisfy { $0 } })
        {
            note = place + ", for it counts up from 0"
        } else if guesses, areNames, try !Self.recurs(text, dialect, { $0.contains(true) }) {
            note = place + ", for it does not occur again"
        } else {
            return nil
        }
    }

    /// Whether the name of the first column suggests that it counts the rows.
    var mayBeginWithIndex: Bool { names.count > 1 && ["", "Unnamed: 0"].contains(names[0]) }

    /// Whether these are the numbers from 0 of two or more columns, possibly after the empty name of an index. A single
    /// 0 is more often the first of a column of numbers.
    private static func countsColumns(_ names: [String]) -> Bool {
        let hasIndex = names.count > 1 && ["", "Unnamed: 0"].contains(names[0])
        let counted = hasIndex ? Array(names.dropFirst()) : names
        return counted.count > (hasIndex ? 0 : 1) && counted.enumerated().allSatisfy { "\($0)" == $1 }
    }

    /// Whether a row continues the count of the first row, as in a table whose cells are counted.
    private static func continues(_ row: [String]) -> Bool {
        row.enumerated().allSatisfy { Double($1) == Double(row.count + $0) }
    }

    /// Whether the first row occurs again.
    ///
    /// - Parameter isSame: decides from which fields of a later row equal those of the first.
    private static func recurs(_ text: CsvText, _ dialect: CsvDialect, _ isSame: ([Bool]) -> Bool) throws(FormatError)
        -> Bool
    {
        var fields = CsvFields(text, separator: dialect.separator)
        var first: [ArraySlice<UInt8>] = []
        while !fields.isAtEnd {
            if fields.skipBlankLine() { continue }
            let row = try fields.row().map { text.bytes[$0.range] }
            if first.isEmpty { first = row } else if isSame(zip(row, first).map { $0 == $1 }) { return true }
        }
        return false
    }

    private static func shortened(_ names: [String]) -> String {
        names.count > 8 ? names.prefix(8).joined(separator: ",") + ",…" : names.joined(separator: ",")
    }
}

extension CsvFieldKind {
    /// Whether the field was meant as a number.
    var isNumeric: Bool {
        switch self {
        case .number, .wrongNumber: true
        case .missing, .binary, .name: false
        }
    }
}
