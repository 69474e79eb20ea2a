/// A vocabulary as text in UTF-8, one token on each line: what Keras takes as `vocabulary="words.txt"`.
///
///     let ids = StringLookup(vocabulary: try VocabularyFile.read("words.txt"))
public enum VocabularyFile {
    /// - Throws: `FormatError` if the file cannot be opened, or is not UTF-8.
    public static func read(_ path: String) throws(FormatError) -> [String] {
        guard let lines = lines(try FileBytes.read(path)) else {
            throw .notOfFormat(file: path, format: "text", reason: "it is not UTF-8")
        }
        return lines
    }

    /// The lines, without empty ones at the end; nil for bytes that are not UTF-8.
    static func lines(_ bytes: [UInt8]) -> [String]? {
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        var lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
            String(Substring(line.last == UInt8(ascii: "\r") ? line.dropLast() : line))
        }
        while lines.last?.isEmpty ?? false { lines.removeLast() }
        return lines
    }
}
