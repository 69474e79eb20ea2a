import LockstepCompute

/// Arrays of numbers in files of every format there is, which the name tells:
///
/// - `x.npy`: NumPy's; mapped into memory, not read, where `Npy.map` can.
/// - `data.npz:KEY`: the array of this name; the only one without `:KEY`.
/// - `x.csv`, `x.csv.gz`: a table `[rows, columns]`, or of one column a vector `[rows]`. A first line of names is passed over.
/// - `train-images-idx3-ubyte`, `train-images-idx3-ubyte.gz`, and every name with `idx` in it: MNIST's.
public enum DataFile {
    /// - Throws: `FormatError` that names the file.
    public static func read(_ path: String) throws(FormatError) -> Tensor {
        let name = path.split(separator: "/").last.map { $0.lowercased() } ?? ""
        if let end = path.ranges(of: ".npz:").last?.upperBound {
            return try Npz.read(String(path[..<end].dropLast()), String(path[end...]))
        }
        if name.hasSuffix(".npz") {
            let arrays = try Npz.read(path)
            guard arrays.count == 1, let array = arrays.first?.value else {
                throw .severalArrays(file: path, present: arrays.keys.sorted())
            }
            return array
        }
        if name.hasSuffix(".npy") { return try Npy.map(path) }
        if name.hasSuffix(".csv") || name.hasSuffix(".csv.gz") {
            let table = try Csv.read(path)
            return table.shape[1] == 1 ? table.part(at: 0, shape: [table.rowCount]) : table
        }
        if name.contains("idx") { return try Idx.read(path) }
        throw .unknownName(file: path, expected: "data in .npy, .npz:KEY, .csv, .csv.gz, or IDX with idx in its name")
    }
}
