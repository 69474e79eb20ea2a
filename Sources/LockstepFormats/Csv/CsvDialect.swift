/// The separator and the decimal sign of a table.
struct CsvDialect {
    let separator: UInt8
    /// The decimal sign; nil if the first fraction decides.
    let sign: DecimalSign?

    private static let (comma, semicolon, tab) = (UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\t"))

    /// - Parameter separator: the separator, if known; nil recognises it.
    init(_ text: CsvText, separator: UInt8?) {
        let separator = separator ?? Self.recognised(text)
        self.separator = separator
        sign = separator == Self.semicolon ? nil : .point
    }

    /// The note about a table with a separator other than a comma.
    func note(_ sign: DecimalSign?) -> String? {
        switch separator {
        case Self.semicolon:
            "its fields are separated by semicolons" + (sign == .comma ? ", its decimal sign is the comma" : "")
        case Self.tab: "its fields are separated by tabs"
        default: nil
        }
    }

    /// The separator that occurs equally often in each of the first lines; otherwise the separator of the first line.
    /// Semicolons and tabs have precedence over commas that may be decimal signs, at most one in a field. Tabs beside a
    /// comma are blanks.
    private static func recognised(_ text: CsvText) -> UInt8 {
        let counts = firstLines(text)
        guard let first = counts.first else { return comma }
        func isSteady(_ separator: UInt8) -> Bool {
            (first[separator] ?? 0) > 0 && counts.allSatisfy { $0[separator] == first[separator] }
        }
        func leavesNumbers(_ separator: UInt8) -> Bool {
            !isSteady(comma) || counts.allSatisfy { ($0[comma] ?? 0) <= ($0[separator] ?? 0) + 1 }
        }
        let candidates = [semicolon, tab, comma]
        return candidates.first { isSteady($0) && ($0 == comma || leavesNumbers($0)) } ?? candidates.first {
            (first[$0] ?? 0) > 0
        } ?? comma
    }

    /// The number of each separator outside quotes in the first lines that are not blank.
    private static func firstLines(_ text: CsvText) -> [[UInt8: Int]] {
        let quote = UInt8(ascii: "\"")
        var counts: [[UInt8: Int]] = []
        var line: [UInt8: Int] = [:]
        var (isQuoted, hasText) = (false, false)
        for position in text.start..<text.bytes.count {
            let byte = text.bytes[position]
            if byte == quote { isQuoted.toggle() }
            if isQuoted { continue }
            switch byte {
            case CsvText.lineFeed:
                if hasText { counts.append(line) }
                if counts.count == 10 { return counts }
                (line, hasText) = ([:], false)
            case tab where isBeside(comma, position, text) || isBeside(semicolon, position, text): break
            case comma, semicolon, tab: line[byte, default: 0] += 1
            case UInt8(ascii: " "), UInt8(ascii: "\r"): break
            default: hasText = true
            }
        }
        return counts
    }

    private static func isBeside(_ separator: UInt8, _ position: Int, _ text: CsvText) -> Bool {
        let (before, after) = (max(position - 1, text.start), min(position + 1, text.bytes.count - 1))
        return text.bytes[before] == separator || text.bytes[after] == separator
    }
}
