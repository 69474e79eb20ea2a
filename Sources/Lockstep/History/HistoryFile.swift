import LockstepFormats

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// History files: the JSON that Python writes with `json.dump(history.history, file)`, and the CSV of Keras's
/// `CSVLogger`.
extension History {
    /// The object of Keras's `history.history`, from name to list of numbers, in the order of the names. As in Python,
    /// NaN is `NaN`, and infinity is `Infinity`.
    public var json: String {
        let members = names.map { name in
            // Names may need escapes in JSON.
            let key = (try? Json.text(.string(name), file: "")) ?? "\"\(name)\""
            return "\(key): [\((history[name] ?? []).map(Self.spelled).joined(separator: ", "))]"
        }
        return "{\(members.joined(separator: ", "))}\n"
    }

    /// A line of names, then one line for each epoch: its number from 0, and the values in alphabetical order of the
    /// names.
    public var csv: String {
        let columns = names.sorted()
        let lines = epoch.indices.map { row in
            (["\(epoch[row])"]
                + columns.map { name in history[name].map { row < $0.count ? $0[row].plainDescription : "NA" } ?? "NA" })
                .joined(separator: ",")
        }
        return ([(["epoch"] + columns).joined(separator: ",")] + lines).joined(separator: "\n") + "\n"
    }

    /// Writes the history in the format of the file's ending, `.json` or `.csv`: to a temporary name, synced, renamed.
    ///
    /// Call it on one rank: `try Job.once { try history.save(to: "history.json") }`.
    ///
    /// - Throws: `FormatError.unknownName`, `FormatError.cannotWrite`.
    public func save(to file: String) throws(FormatError) {
        switch try Format(file) {
        case .json: try writeText(json, to: file)
        case .csv: try writeText(csv, to: file)
        }
    }

    /// Reads a history that `save(to:)`, Python or Keras's `CSVLogger` wrote. Its `params` are empty.
    ///
    /// - Throws: `FormatError` that names the file.
    public init(file: String) throws(FormatError) {
        let format = try Format(file)
        let bytes = try FileBytes.read(file)
        let columns =
            switch format {
            case .json: try Self.columns(json: bytes, file: file)
            case .csv: try Self.columns(csv: bytes, file: file)
            }
        let values = columns.filter { $0.name != "epoch" && !$0.values.isEmpty }
        let count = values.map(\.values.count).max() ?? 0
        let epochs = columns.first { $0.name == "epoch" && $0.values.count == count }?.values.map {
            Int(exactly: $0) ?? 0
        }
        self.init(
            names: values.map(\.name), params: [:], epoch: epochs ?? Array(0..<count), values: values.map(\.values))
    }

    /// The format, decided by the ending of the file name.
    package enum Format {
        case json, csv

        package init(_ file: String) throws(FormatError) {
            if file.hasSuffix(".json") {
                self = .json
            } else if file.hasSuffix(".csv") {
                self = .csv
            } else {
                throw .unknownName(file: file, expected: "a history in .json or .csv")
            }
        }
    }

    private typealias Column = (name: String, values: [Double])

    private static func columns(json bytes: [UInt8], file: String) throws(FormatError) -> [Column] {
        let decoder = JSONDecoder()
        // Allows NaN and Infinity, which Python writes.
        decoder.allowsJSON5 = true
        guard let members = try? decoder.decode([String: [Double?]].self, from: Data(bytes)) else {
            throw .notOfFormat(
                file: file, format: "history",
                reason: "an object of lists of numbers is expected, {\"loss\": [0.5, 0.25]}")
        }
        // The decoder does not give the order of the names, so it is found in the text.
        let text = String(decoding: bytes, as: UTF8.self)
        let places = members.mapValues { _ in text.endIndex }.merging(
            members.keys.compactMap { name in text.firstRange(of: "\"\(name)\"").map { (name, $0.lowerBound) } }
        ) { $1 }
        return members.sorted { (places[$0.key]!, $0.key) < (places[$1.key]!, $1.key) }.map {
            ($0.key, $0.value.map { $0 ?? .nan })
        }
    }

    private static func columns(csv bytes: [UInt8], file: String) throws(FormatError) -> [Column] {
        let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        guard let names = lines.first, names.contains("epoch") else {
            throw .notOfFormat(
                file: file, format: "history", reason: "a first line with the names of columns is expected, epoch,loss")
        }
        var columns: [Column] = names.map { ($0, []) }
        for (number, fields) in lines.enumerated().dropFirst() {
            guard fields.count == names.count else {
                throw .columnCount(file: file, line: number + 1, expected: names.count, received: fields.count)
            }
            // An epoch without validation has no validation values.
            for (column, field) in fields.enumerated() where field != "NA" && !field.isEmpty {
                guard let value = Double(field) else {
                    throw .field(
                        file: file, line: number + 1, column: column + 1, name: names[column], requirement: "a number",
                        received: field,
                        advice: nil)
                }
                columns[column].values.append(value)
            }
        }
        return columns
    }

    private static func spelled(_ value: Double) -> String {
        value.isNaN ? "NaN" : value.isInfinite ? (value < 0 ? "-Infinity" : "Infinity") : "\(value)"
    }
}
