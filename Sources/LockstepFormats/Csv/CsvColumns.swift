/// The requested columns of a table: `0`, `0-63`, `-1` for the last, `0--2` for all but the last, and names, including
/// ranges such as `sepal_length-petal_width`. Commas separate several.
struct CsvColumns {
    private let parts: [String]
    private let text: String

    init(_ text: String) {
        self.text = text
        parts = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }

    /// The parts that can only be names.
    var names: [String] { parts.filter { Self.numbers($0) == nil } }

    /// The indices of the columns in a table, in the requested order.
    ///
    /// - Parameters:
    ///   - count: the number of columns.
    ///   - names: the names of the columns; empty if unknown.
    /// - Throws: `FormatError.columns`.
    func places(count: Int, names: [String], file: String) throws(FormatError) -> [Int] {
        var places: [Int] = []
        for part in parts {
            guard let range = Self.counted(part, count) ?? Self.named(part, names) else {
                throw .columns(file: file, last: count - 1, names: names, received: text)
            }
            places += range
        }
        return places
    }

    private static func counted(_ part: String, _ count: Int) -> ClosedRange<Int>? {
        guard let (first, last) = numbers(part) else { return nil }
        let ends = [first, last].map { $0.isFromEnd ? count - $0.number : $0.number }
        return ends[0] >= 0 && ends[0] <= ends[1] && ends[1] < count ? ends[0]...ends[1] : nil
    }

    private static func named(_ part: String, _ names: [String]) -> ClosedRange<Int>? {
        // A name of two columns identifies neither.
        func place(_ name: some StringProtocol) -> Int? {
            let found = names.indices.filter { names[$0] == name }
            return found.count == 1 ? found[0] : nil
        }
        if let place = place(part) { return place...place }
        for dash in part.indices where part[dash] == "-" {
            if let first = place(part[..<dash]), let last = place(part[part.index(after: dash)...]), first <= last {
                return first...last
            }
        }
        return nil
    }

    private typealias End = (number: Int, isFromEnd: Bool)

    /// The two numbers of a range, or one number twice; nil if the text is neither.
    private static func numbers(_ part: String) -> (first: End, last: End)? {
        var rest = part[...]
        guard let first = end(&rest) else { return nil }
        if rest.isEmpty { return (first, first) }
        guard rest.removeFirst() == "-", let last = end(&rest), rest.isEmpty else { return nil }
        return (first, last)
    }

    private static func end(_ rest: inout Substring) -> End? {
        let isFromEnd = rest.first == "-"
        if isFromEnd { rest = rest.dropFirst() }
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int(digits) else { return nil }
        rest = rest[digits.endIndex...]
        return (number, isFromEnd)
    }
}
