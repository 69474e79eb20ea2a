import CZlib
import LockstepCompute

/// Tables of numbers or strings as text, one row on each line. Gzip files are read through zlib. A file is written
/// gzipped if its name ends in `.gz`.
///
/// It has its own reader, because CSV libraries make a string of every field. Here numbers are parsed in place. Commas,
/// semicolons or tabs separate fields, and fields may be in quotes (RFC 4180). Between semicolons a comma may be the
/// decimal sign. A first line is the header if it has a name above a column of numbers, or if it counts the columns
/// from 0 and the rows do not continue the count.
public enum Csv {
    /// A table of numbers, `[rows, columns]`. To learn what was recognised, use `table`.
    ///
    /// - Parameters:
    ///   - type: of the tensor's elements; int32 for whole numbers beyond 2²⁴, string for the fields as they are.
    ///   - separator: the character between fields; nil recognises it. Blanks around fields do not count.
    ///   - skipping: the number of lines to skip at the beginning. The next line is then a header only if it has a name
    ///     above numbers.
    /// - Throws: `FormatError` with line and column, if a field is not a number, a row has another length, or the file
    ///   is cut short.
    public static func read(
        _ path: String, as type: DataType = .float32, separator: Character? = nil, skipping: Int = 0
    ) throws(FormatError) -> Tensor {
        try table(path, as: type, separator: separator, skipping: skipping).values
    }

    /// A table, with what was recognised in it. `table.notes` names the lines and columns that were not read as
    /// numbers.
    ///
    /// - Parameters:
    ///   - columns: the wanted columns, by their indices, from 0, or from −1 at the end, or by their names: `"0-63"`,
    ///     `"0--2"`, `"width,height"`. Other columns may hold anything. Nil reads all.
    ///   - type: as of `read`.
    ///   - classes: whether names in a single column are classes.
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

    /// Writes a matrix, or a vector as a column, with enough digits to restore the same floats: to a temporary name,
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
