import LockstepCompute

/// Arrays of numbers or strings in files. The name of the file says its format:
///
/// - `x.npy`: NumPy's format; mapped into memory instead of read, where `Npy.map` can.
/// - `data.npz:KEY`: the array of this name; without `:KEY`, the only array of the file.
/// - `data.csv`, `data.csv.gz`, `data.tsv`, `data.tsv.gz`: a table `[rows, columns]`, or a vector `[rows]` if there is
///   one column, as `Csv` reads them. `data.csv:1-784` selects these columns, counted from 0; `data.csv:-1` the last;
///   `data.csv:0--2` all but the last; `data.csv:width,height` the columns of these names.
/// - `texts.txt`, `texts.txt.gz`: strings in UTF-8, one on each line.
/// - `train-images-idx3-ubyte`, `train-images-idx3-ubyte.gz`, and every other name with `idx` in it: MNIST's format.
public enum DataFile {
    /// What a file holds.
    public struct Contents: Sendable {
        public let values: Tensor
        /// The classes whose names a table's column held; nil if it held numbers.
        public let classes: ClassNames?
        /// Messages about what was recognised in a table, to be shown to the user. Each names the file.
        public let notes: [String]

        init(_ values: Tensor, classes: ClassNames? = nil, notes: [String] = []) {
            self.values = values
            self.classes = classes
            self.notes = notes
        }
    }

    /// - Parameter type: the type of the tensor's elements; int32 for whole numbers beyond 2²⁴, string for text, which
    ///   `.npy` and `.npz` hold as `<U` or `S`, and tables in their columns.
    /// - Throws: `FormatError` that names the file.
    public static func read(_ path: String, as type: DataType = .float32) throws(FormatError) -> Tensor {
        try contents(path, as: type).values
    }

    /// Like `read`, but also returns what was recognised in a table, which should be shown to the user.
    ///
    /// - Parameters:
    ///   - type: as in `read`.
    ///   - classes: whether names stand for classes, if one column alone is read from a table.
    public static func contents(
        _ path: String, as type: DataType = .float32, classes: ClassEncoding = .refused
    ) throws(FormatError) -> Contents {
        let name = path.split(separator: "/").last.map { $0.lowercased() } ?? ""
        if let (archive, key) = split(path, behind: [".npz"]) { return Contents(try Npz.read(archive, key, as: type)) }
        if name.hasSuffix(".npz") {
            let arrays = try Npz.read(path, as: type)
            guard arrays.count == 1, let array = arrays.first?.value else {
                throw .severalArrays(file: path, present: arrays.keys.sorted())
            }
            return Contents(array)
        }
        if name.hasSuffix(".npy") { return Contents(try Npy.map(path, as: type)) }
        if let (file, columns) = split(path, behind: tables) { return try table(file, columns, type, classes) }
        if tables.contains(where: name.hasSuffix) { return try table(path, nil, type, classes) }
        if name.hasSuffix(".txt") || name.hasSuffix(".txt.gz") { return Contents(try lines(path, type)) }
        if name.contains("idx"), type == .string {
            throw .elements(file: path, expected: "strings", received: "numbers")
        }
        if name.contains("idx") { return Contents(try Idx.read(path, as: type)) }
        throw .unknownName(
            file: path,
            expected: "data in .npy, .npz:KEY, .csv, .csv.gz, .tsv, .tsv.gz, text in .txt, or IDX with idx in its name")
    }

    private static let tables = [".csv", ".csv.gz", ".tsv", ".tsv.gz"]

    /// A path, and the text after the colon that follows one of these endings; nil if there is none.
    private static func split(_ path: String, behind endings: [String]) -> (path: String, part: String)? {
        for ending in endings {
            if let end = path.ranges(of: ending + ":").last?.upperBound {
                return (String(path[..<end].dropLast()), String(path[end...]))
            }
        }
        return nil
    }

    /// The lines of a text.
    private static func lines(_ file: String, _ type: DataType) throws(FormatError) -> Tensor {
        guard type == .string else { throw .elements(file: file, expected: "numbers", received: "strings") }
        let text = try CsvText(file, skipping: 0)
        var lines: [String] = []
        for line in text.bytes[text.start...].split(separator: CsvText.lineFeed, omittingEmptySubsequences: false)
            .dropLast()
        {
            let bytes = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            guard let string = String(validating: bytes, as: UTF8.self) else {
                throw .encoding(file: file, line: lines.count + 1, name: "Latin-1 or Windows-1252")
            }
            lines.append(string)
        }
        return Tensor(strings: lines)
    }

    private static func table(
        _ file: String, _ columns: String?, _ type: DataType, _ classes: ClassEncoding
    ) throws(FormatError) -> Contents {
        let table = try Csv.table(file, columns: columns, as: type, classes: classes)
        let values =
            table.values.shape[1] == 1 ? table.values.part(at: 0, shape: [table.values.rowCount]) : table.values
        return Contents(values, classes: table.classes, notes: table.notes.map { "\(file): \($0)" })
    }
}
