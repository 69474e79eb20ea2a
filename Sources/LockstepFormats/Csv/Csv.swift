import CZlib
import LockstepCompute

/// Tables of numbers as text, one row a line; gzip files are read, and written where the name ends in `.gz`, through
/// zlib.
///
/// Its own reader, for the CSV libraries make a string of every field: numbers are parsed where they lie. Fields are
/// told apart by commas, semicolons or tabs, and may stand in quotes (RFC 4180); between semicolons a fraction may
/// begin with a comma. A first line with a name over a column of numbers holds the names of the columns, and so does
/// one that counts the columns from 0 over rows that do not go on so.
public enum Csv {
    /// A table of numbers, `[rows, columns]`. What was recognised of it is not told; `table` does.
    ///
    /// - Parameters:
    ///   - type: of the tensor's elements; int32 for whole numbers beyond 2²⁴.
    ///   - separator: what stands between two fields; nil recognises it. Blanks around fields do not count.
    ///   - skipping: lines at the beginning to pass over. Then the next one holds names only if one stands over
    ///     numbers.
    /// - Throws: `FormatError` that names line and column, if a field is no number, a row has another length, or the
    ///   file is cut short.
    public static func read(
        _ path: String, as type: DataType = .float32, separator: Character? = nil, skipping: Int = 0
    ) throws(FormatError) -> Tensor {
        try table(path, as: type, separator: separator, skipping: skipping).values
    }

    /// A table, with what was recognised of it: `table.notes` tells which lines and columns were not taken for numbers.
    ///
    /// - Parameters:
    ///   - columns: those that are wanted, by their places from 0, from −1 at the end, or by their names: `"0-63"`,
    ///     `"0--2"`, `"width,height"`; the others may hold anything. Nil wants all.
    ///   - type: as of `read`.
    ///   - classes: whether names in an only column stand for classes.
    ///   - separator: as of `read`.
    ///   - skipping: as of `read`.
    /// - Throws: as `read`; `FormatError.columns`, `FormatError.unknownClass`.
    public static func table(
        _ path: String, columns: String? = nil, as type: DataType = .float32, classes: ClassEncoding = .refused,
        separator: Character? = nil, skipping: Int = 0
    ) throws(FormatError) -> CsvTable {
        if let separator, separator.asciiValue == nil {
            throw .unsupported(file: path, feature: "the separator '\(separator)', which is not ASCII,")
        }
        let text = try CsvText(path, skipping: skipping)
        return try CsvReader(
            text, separator: separator?.asciiValue, columns: columns.map { CsvColumns($0) }, type: type,
            classes: classes,
            guesses: skipping == 0
        ).read()
    }

    /// Writes a matrix, or a vector as a column, with the digits that give back the same floats; to a temporary name,
    /// synced, renamed.
    ///
    /// - Throws: `FormatError.cannotWrite`.
    public static func write(_ tensor: Tensor, to path: String, header: [String]? = nil) throws(FormatError) {
        let columns = tensor.shape.rank < 2 ? 1 : tensor.count / max(tensor.rowCount, 1)
        var text = header.map { $0.joined(separator: ",") + "\n" } ?? ""
        for row in 0..<(columns == 0 ? 0 : tensor.count / columns) {
            text += (0..<columns).map { tensor[row * columns + $0].plainDescription }.joined(separator: ",") + "\n"
        }
        guard path.hasSuffix(".gz") else { return try writeText(text, to: path) }
        try FileBytes.replace(path) { (temporary) throws(FormatError) in
            guard let file = gzopen(temporary, "wb") else {
                throw .cannotWrite(file: path, reason: FileBytes.lastError())
            }
            let bytes = Array(text.utf8)
            let written = bytes.isEmpty ? 0 : gzfwrite(bytes, 1, bytes.count, file)
            guard gzclose(file) == Z_OK, written == bytes.count else {
                throw .cannotWrite(file: path, reason: FileBytes.lastError())
            }
            try FileBytes.sync(temporary, for: path)
        }
    }
}
