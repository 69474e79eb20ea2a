/// The kind of a field, judged by its text.
enum CsvFieldKind: Equatable {
    case number
    /// Empty, or a marker that programs write for a missing number.
    case missing
    /// A number in a form that is not supported.
    case wrongNumber(advice: String)
    /// With control characters, which text does not have.
    case binary
    /// A name, of a column or of a class.
    case name

    private static let markers: Set<String> = [
        "nan", "-nan", "na", "n/a", "#n/a", "<na>", "null", "none", "inf", "-inf", "+inf", "infinity", "-infinity", "?",
        "-",
    ]

    /// - Parameter isQuoted: whether the text was in quotes. In quotes only an empty text is missing.
    init(_ text: String, isQuoted: Bool, sign: DecimalSign?) {
        let trimmed = text.trimmedBlanks
        let bytes = Array(trimmed.utf8)
        var sign = sign
        if CsvNumber.value(bytes, 0..<bytes.count, sign: &sign) != nil {
            self = .number
        } else if trimmed.isEmpty || !isQuoted && Self.markers.contains(trimmed.lowercased()) {
            self = .missing
        } else if text.unicodeScalars.contains(where: {
            $0.properties.generalCategory == .control && !["\t", "\r", "\n"].contains($0)
        }) {
            self = .binary
        } else if let advice = Self.advice(trimmed, sign: sign) {
            self = .wrongNumber(advice: advice)
        } else {
            self = .name
        }
    }

    /// The advice about a number in an unsupported form; nil if the text is not such a number.
    private static func advice(_ text: String, sign: DecimalSign?) -> String? {
        let digits = text.drop { "+-".contains($0) }
        guard let first = digits.first, first.isASCII, first.isNumber || ".,".contains(first) else { return nil }
        if digits.lowercased().hasPrefix("0x"),
            digits.dropFirst(2).allSatisfy({ $0.isHexDigit || ".pP+-".contains($0) })
        {
            return "write hexadecimal numbers as decimal ones"
        }
        let bytes = Array(text.utf8)
        var any: DecimalSign?
        let isNumber = CsvNumber.value(bytes, 0..<bytes.count, sign: &any) != nil
        if isNumber, let any, any != sign {
            return any == .comma
                ? "write it without thousands separators; decimal commas are read between semicolons"
                : "write all fractions with points or all with commas"
        }
        // Digits in groups of one to three, with signs between them: 1'234'567, 1.234.567, 1 234,5; not 2024.01.15.
        let groups = digits.split(omittingEmptySubsequences: false) { ".,'_ \u{A0}\u{202F}".contains($0) }
        let areGroups =
            groups.count > 1 && groups.allSatisfy { !$0.isEmpty && $0.allSatisfy { $0.isASCII && $0.isNumber } }
        if areGroups, groups[0].count <= 3, groups[1].count == 3 { return "write it without thousands separators" }
        return Double(digits) != nil ? "float32 reaches to about 3.4e38" : nil
    }
}

extension String {
    /// Without blanks at both ends.
    fileprivate var trimmedBlanks: String {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r" }
        guard let first = firstIndex(where: { !isBlank($0) }), let last = lastIndex(where: { !isBlank($0) }) else {
            return ""
        }
        return String(self[first...last])
    }
}
