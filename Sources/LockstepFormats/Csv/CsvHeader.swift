/// The names of a table's columns, where its first line holds them.
struct CsvHeader {
    let names: [String]
    /// What is said where the line might have been taken for numbers.
    let note: String?

    /// The first rows of a table: as many as tell names from numbers.
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
                    // What is no text in the rows may lie in columns that nobody asks for.
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
    ///   - wanted: names of columns that are asked for.
    ///   - guesses: whether a line that could be a row of the data may be taken for the header.
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

    /// Whether the first column numbers the rows, as far as one can tell from its name.
    var mayBeginWithIndex: Bool { names.count > 1 && ["", "Unnamed: 0"].contains(names[0]) }

    /// Whether these are the numbers from 0 of two columns or more, which may follow the empty name of an index. A
    /// single 0 is more often the first of a column of numbers.
    private static func countsColumns(_ names: [String]) -> Bool {
        let hasIndex = names.count > 1 && ["", "Unnamed: 0"].contains(names[0])
        let counted = hasIndex ? Array(names.dropFirst()) : names
        return counted.count > (hasIndex ? 0 : 1) && counted.enumerated().allSatisfy { "\($0)" == $1 }
    }

    /// Whether a row counts on where the first one ended, as all rows of numbers that are counted do.
    private static func continues(_ row: [String]) -> Bool {
        row.enumerated().allSatisfy { Double($1) == Double(row.count + $0) }
    }

    /// Whether the first row comes again.
    ///
    /// - Parameter isSame: whether it does, by which fields of a later row are those of the first.
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
    /// Whether it was meant as a number.
    var isNumeric: Bool {
        switch self {
        case .number, .wrongNumber: true
        case .missing, .binary, .name: false
        }
    }
}
