import LockstepCompute

/// A file's name with what an epoch reports in it, as Python's `str.format` fills it in:
/// `"{epoch:02d}-{val_loss:.2f}.keras"`.
struct FilePattern {
    private enum Part {
        case text(String)
        /// Width, padded with zeros or blanks, and digits behind the point; nil digits: as a number is written.
        case value(String, width: Int, pad: Character, digits: Int?, isWhole: Bool)
    }

    private let pattern: String
    private var parts: [Part] = []

    /// - Throws: `TrainingError.argument` for braces that are not closed, and formats other than `d` and `f`.
    init(_ pattern: String) throws {
        self.pattern = pattern
        var rest = pattern[...]
        while let open = rest.firstIndex(of: "{") {
            guard let close = rest[open...].firstIndex(of: "}") else { throw Self.wrong(pattern) }
            if open > rest.startIndex { parts.append(.text(String(rest[..<open]))) }
            parts.append(try Self.value(rest[rest.index(after: open)..<close], in: pattern))
            rest = rest[rest.index(after: close)...]
        }
        if !rest.isEmpty { parts.append(.text(String(rest))) }
    }

    private static func wrong(_ pattern: String) -> TrainingError {
        .argument(
            "filePath",
            requirement:
                "a name with {epoch}, {batch} or names of metrics, and formats such as {epoch:02d} and {val_loss:.2f}",
            received: pattern)
    }

    private static func value(_ field: Substring, in pattern: String) throws -> Part {
        let halves = field.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = halves.first, !name.isEmpty else { throw wrong(pattern) }
        var format = halves.count > 1 ? halves[1] : ""
        guard !format.isEmpty else { return .value(String(name), width: 0, pad: " ", digits: nil, isWhole: false) }
        let kind = format.removeLast()
        let numbers = format.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let pad: Character = numbers.first?.first == "0" ? "0" : " "
        let (width, digits) = (Int(numbers.first ?? "") ?? 0, numbers.count > 1 ? Int(numbers[1]) : 6)
        let isNumber = (numbers.first ?? "").allSatisfy(\.isNumber)
        switch kind {
        case "d" where isNumber && numbers.count < 2:
            return .value(String(name), width: width, pad: pad, digits: 0, isWhole: true)
        case "f" where isNumber && (0...17).contains(digits ?? -1):
            return .value(String(name), width: width, pad: pad, digits: digits, isWhole: false)
        default: throw wrong(pattern)
        }
    }

    /// The name for an epoch, or for a batch of it, which are counted from 1 in it.
    ///
    /// - Throws: `TrainingError.argument` for a name that is not reported.
    func name(epoch: Int, batch: Int?, _ logs: Scores) throws -> String {
        try parts.map { part -> String in
            guard case .value(let name, let width, let pad, let digits, let isWhole) = part else {
                guard case .text(let text) = part else { return "" }
                return text
            }
            let count = name == "epoch" ? epoch + 1 : name == "batch" ? batch.map { $0 + 1 } : nil
            let text: String
            if let count {
                text = isWhole || digits == nil ? "\(count)" : formatted(Double(count), digits: digits!)
            } else if let value = logs[name], !isWhole {
                text = digits.map { formatted(value, digits: $0) } ?? "\(value)"
            } else {
                let names = (["epoch"] + (batch == nil ? [] : ["batch"]) + logs.names).joined(separator: ", ")
                throw TrainingError.argument("filePath", requirement: "a name with some of \(names)", received: pattern)
            }
            let padding = String(repeating: pad, count: max(0, width - text.count))
            return pad == "0" && text.hasPrefix("-") ? "-" + padding + text.dropFirst() : padding + text
        }.joined()
    }
}
