import LockstepCompute

/// Data in a file of any format there is, which its name tells.
///
/// | name | holds |
/// |---|---|
/// | `x.npy` | one array of NumPy's |
/// | `data.npz:KEY` | the array of this name |
/// | `x.csv`, `x.csv.gz` | a table of numbers, `[rows, columns]`; of one column a vector, `[rows]` |
public enum DataFile {
    /// - Throws: `FormatError` that names the file.
    public static func read(_ path: String) throws(FormatError) -> Tensor {
        if path.hasSuffix(".npy") { return try Npy.read(path) }
        if let end = path.lastRange(of: ".npz:") {
            return try Npz.read(String(path[..<end.upperBound].dropLast()), String(path[end.upperBound...]))
        }
        let table = try Csv.read(path)
        return table.shape[1] == 1 ? table.part(at: 0, shape: [table.rowCount]) : table
    }
}

extension String {
    fileprivate func lastRange(of text: String) -> Range<Index>? { ranges(of: text).last }
}
