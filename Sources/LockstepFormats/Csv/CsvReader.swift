import LockstepCompute

/// Reads the requested columns of a table, in one pass over its bytes. Other columns may hold anything.
struct CsvReader {
    let text: CsvText
    let dialect: CsvDialect
    private let header: CsvHeader?
    private let sample: CsvHeader.Sample
    private let columns: CsvColumns?
    private let type: DataType
    private let encoding: ClassEncoding

    private enum Role { case none, number, text, index, className }

    init(
        _ text: CsvText, separator: UInt8?, columns: CsvColumns?, type: DataType, classes: ClassEncoding, guesses: Bool
    ) throws(FormatError) {
        self.type = type
        self.text = text
        self.columns = columns
        encoding = classes
        dialect = CsvDialect(text, separator: separator)
        sample = try CsvHeader.Sample(text, dialect: dialect)
        header = try CsvHeader(sample, of: text, dialect: dialect, wanted: columns?.names ?? [], guesses: guesses)
    }

    func read() throws(FormatError) -> CsvTable {
        guard let first = sample.rows.first, sample.rows.count > (header == nil ? 0 : 1) else {
            throw .notOfFormat(file: text.file, format: "csv", reason: "it has no rows of numbers")
        }
        // An index is left out if the whole column counts the rows.
        if header?.mayBeginWithIndex == true, let table = try read(width: first.count, leavesOutIndex: true) {
            return table
        }
        guard let table = try read(width: first.count, leavesOutIndex: false) else {
            preconditionFailure("a column without an index")
        }
        return table
    }

    /// The table; nil if the first column should be left out, but does not count the rows.
    private func read(width: Int, leavesOutIndex: Bool) throws(FormatError) -> CsvTable? {
        let skipped = leavesOutIndex ? 1 : 0
        let names = header?.names ?? []
        let asked = try columns?.places(count: width - skipped, names: Array(names.dropFirst(skipped)), file: text.file)
            .map { $0 + skipped }
        let wanted = asked ?? Array(skipped..<width)
        let stored = Array(Set(wanted)).sorted()
        let kinds = sample.rows.dropFirst(header == nil ? 0 : 1).compactMap {
            stored[0] < $0.count ? $0[stored[0]].kind : nil
        }
        let holdsClasses =
            type != .string && encoding.isAllowed && stored.count == 1 && kinds.contains(.name)
            && !kinds.contains(where: \.isNumeric)
        var roles = [Role](repeating: .none, count: width)
        for column in stored {
            roles[column] = holdsClasses ? .className : type == .string ? .text : .number
        }
        if leavesOutIndex { roles[0] = .index }

        var reading = Reading(classes: encoding, sign: dialect.sign)
        reading.values.reserveCapacity(stored.count * 16)
        var fields = CsvFields(text, separator: dialect.separator)
        var (rows, blankLines, blankBefore) = (0, 0, 0)
        var isHeader = header != nil
        var index: Int?
        while !fields.isAtEnd {
            if fields.skipBlankLine() {
                blankBefore += 1
                continue
            }
            if isHeader {
                _ = try fields.row()
                isHeader = false
                continue
            }
            if rows > 0 { blankLines += blankBefore }
            blankBefore = 0
            let line = fields.line
            var column = 0
            while true {
                let field = try fields.next()
                switch column < width ? roles[column] : .none {
                case .none: break
                case .number where type == .int32: reading.values.append(try integer(field, column: column))
                case .number:
                    guard let value = CsvNumber.value(text.bytes, field.range, sign: &reading.sign) else {
                        reading.values.append(try number(field, column: column, reading.sign))
                        break
                    }
                    reading.values.append(value)
                case .text: reading.strings.append(try text.string(field))
                case .className:
                    try reading.names.append(className(field, column: column), file: text.file, line: field.line)
                case .index:
                    var sign: DecimalSign? = .point
                    let number = CsvNumber.value(text.bytes, field.range, sign: &sign)
                    index = index ?? (number == 1 ? 1 : 0)
                    guard let number, Int(exactly: number) == index.map({ $0 + rows }) || rows >= 1 << 24 else {
                        return nil
                    }
                }
                column += 1
                if field.endsRow { break }
            }
            guard column == width else {
                throw .columnCount(file: text.file, line: line, expected: width, received: column)
            }
            rows += 1
        }
        var classes: ClassNames?
        if holdsClasses { (reading.values, classes) = reading.names.encoded() }
        let places = wanted == stored ? nil : wanted.map { stored.firstIndex(of: $0) ?? 0 }
        let elements =
            type == .string
            ? Tensor(strings: reading.strings) : Tensor(reading.values, type: holdsClasses ? .float32 : type)
        let table = elements.part(at: 0, shape: [rows, stored.count])
        return CsvTable(
            values: places.map { table.gatheredColumns($0) } ?? table, classes: classes,
            notes: notes(rows: rows, blankLines: blankLines, index: index, sign: reading.sign))
    }

    /// The result of a pass over the rows.
    private struct Reading {
        var values: [Float] = []
        var strings: [String] = []
        var names: ClassNumbering
        var sign: DecimalSign?

        init(classes: ClassEncoding, sign: DecimalSign?) {
            names = ClassNumbering(classes)
            self.sign = sign
        }
    }

    private func notes(rows: Int, blankLines: Int, index: Int?, sign: DecimalSign?) -> [String] {
        var notes: [String] = []
        if let note = dialect.note(sign) { notes.append(note) }
        if let note = header?.note { notes.append("\(note); \(rows) rows follow") }
        if let index {
            notes.append(
                "the first column counts the rows from \(index) and is left out; columns are counted from 0 behind it")
        } else if header?.mayBeginWithIndex == true {
            notes.append("the first column has no name and does not count the rows; it is column 0")
        }
        if blankLines > 0 {
            notes.append("\(blankLines) blank line\(blankLines == 1 ? "" : "s") between rows are passed over")
        }
        return notes
    }

    /// The number in a field that is not plain: there may be blanks inside its quotes.
    private func number(_ field: CsvField, column: Int, _ sign: DecimalSign?) throws(FormatError) -> Float {
        let string = try text.string(field)
        if field.isQuoted {
            let bytes = Array(string.utf8.drop { $0 == 0x20 }.reversed().drop { $0 == 0x20 }.reversed())
            var same = sign
            if let value = CsvNumber.value(bytes, 0..<bytes.count, sign: &same), sign == same { return value }
        }
        let advice: String
        switch CsvFieldKind(string, isQuoted: field.isQuoted, sign: sign) {
        case .wrongNumber(let reason): advice = reason
        case .binary: advice = "there are control characters in it, so this may be no text"
        case .missing: advice = "fill the gap, leave out the row, or leave out the column with \(text.file):COLUMNS"
        case .number: advice = "write all fractions with points or all with commas"
        case .name where encoding.isAllowed:
            advice = "class names must be the only content of their column; choose it alone, \(text.file):COLUMN"
        case .name: advice = "leave out the column with \(text.file):COLUMNS"
        }
        throw .field(
            file: text.file, line: field.line, column: column + 1, name: name(column), requirement: "a number",
            received: String(string.prefix(40)), advice: advice)
    }

    /// The bits of the whole number in a field.
    private func integer(_ field: CsvField, column: Int) throws(FormatError) -> Float {
        let string = try text.string(field)
        var sign = dialect.sign
        let trimmed = Array(string.utf8.drop { $0 == 0x20 }.reversed().drop { $0 == 0x20 }.reversed())
        // "5.0" is whole too.
        let value =
            Int32(String(decoding: trimmed, as: UTF8.self))
            ?? CsvNumber.value(trimmed, 0..<trimmed.count, sign: &sign).flatMap {
                abs($0) < Float(1 << 24) ? Int32(exactly: $0) : nil
            }
        guard let value else {
            throw .field(
                file: text.file, line: field.line, column: column + 1, name: name(column),
                requirement: "a whole number from −2³¹ to 2³¹ − 1", received: String(string.prefix(40)), advice: nil)
        }
        return Float(bitPattern: UInt32(bitPattern: value))
    }

    private func className(_ field: CsvField, column: Int) throws(FormatError) -> String {
        let string = try text.string(field)
        let kind = CsvFieldKind(string, isQuoted: field.isQuoted, sign: dialect.sign)
        let isName = kind == .name || (kind == .missing && string.lowercased() == "none")
        guard !isName else { return string }
        let advice =
            kind == .missing
            ? "fill the gap or leave out the row; if this is the name of a class, put it in quotes"
            : "a column holds numbers or names of classes"
        throw .field(
            file: text.file, line: field.line, column: column + 1, name: name(column),
            requirement: "the name of a class",
            received: String(string.prefix(40)), advice: advice)
    }

    private func name(_ column: Int) -> String? { header.flatMap { column < $0.names.count ? $0.names[column] : nil } }
}

extension Tensor {
    /// Copies of the columns of a matrix at these indices, in their order.
    fileprivate func gatheredColumns(_ indices: [Int]) -> Tensor {
        if type == .string {
            let places = (0..<shape[0]).flatMap { row in indices.map { row * shape[1] + $0 } }
            return texts(at: places, shape: [shape[0], indices.count])
        }
        let columns = transposed
        return columns.gathered(indices).transposed
    }
}
