/// Whole numbers made of text, or the first string that has none.
package enum NumberedText {
    /// `[rows, width]` of int32. Rows with fewer numbers than the longest are filled up.
    case numbers(Tensor)
    case missing(string: String, row: Int)
}

/// Makes whole numbers of the strings of each row, on all threads of a crew.
///
/// - Parameters:
///   - text: a tensor of strings, `[rows, …]`.
///   - width: of the rows of numbers, longer ones of which are cut; nil takes that of the longest, but at least 1.
///   - padding: the number that fills rows up.
///   - append: appends the numbers of a row's strings. It returns the first string that has none; nil if all have some.
///     Threads call it at the same time.
package func number(
    text: Tensor, width: Int?, padding: Int32, on crew: Crew,
    _ append: @escaping (_ row: ArraySlice<String>, _ numbers: inout [Int32]) -> String?
) -> NumberedText {
    let strings = text.strings
    let cut = crew.cut(text.rowCount, grain: 64)
    let parts = (0..<cut.chunks).map { _ in TextNumbering.Part() }
    let work = TextNumbering(
        strings: strings, row: strings.count / max(text.rowCount, 1), cut: cut, parts: parts, append: append)
    crew.together { crew.perform(work, chunks: cut.chunks) }
    if let missing = parts.lazy.compactMap(\.missing).first {
        return .missing(string: missing.string, row: missing.row)
    }
    let width = width ?? max(1, parts.map(\.longest).max() ?? 1)
    let result = Tensor.zeros([text.rowCount, width], type: .int32)
    for (chunk, part) in parts.enumerated() {
        var begin = 0
        for (row, end) in zip(cut[chunk], part.ends) {
            for place in 0..<width {
                result.setInteger(begin + place < end ? part.numbers[begin + place] : padding, at: row * width + place)
            }
            begin = end
        }
    }
    return .numbers(result)
}

private struct TextNumbering: ChunkedWork {
    /// The numbers of the rows of a chunk.
    final class Part {
        var numbers: [Int32] = []
        /// Where the numbers of each row end.
        var ends: [Int] = []
        var longest = 0
        var missing: (string: String, row: Int)?
    }

    let strings: [String]
    /// The strings of a row.
    let row: Int
    let cut: Cut
    let parts: [Part]
    let append: (ArraySlice<String>, inout [Int32]) -> String?

    func run(chunk: Int) {
        let part = parts[chunk]
        for index in cut[chunk] {
            if let string = append(strings[index * row..<(index + 1) * row], &part.numbers) {
                part.missing = (string, index)
                return
            }
            part.longest = max(part.longest, part.numbers.count - (part.ends.last ?? 0))
            part.ends.append(part.numbers.count)
        }
    }
}
