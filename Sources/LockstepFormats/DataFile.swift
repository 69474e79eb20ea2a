import LockstepCompute

/// Arrays of numbers in files of every format there is, which the name tells:
///
/// - `x.npy`: NumPy's; mapped into memory, not read, where `Npy.map` can.
/// - `data.npz:KEY`: the array of this name; the only one without `:KEY`.
/// - `data.csv`, `data.csv.gz`: a table `[rows, columns]`, or of one column a vector `[rows]`. A first line of names is passed over.
///   `data.csv:1-784` has these columns, counted from 0; `data.csv:0` one; `data.csv:0,3-5` four.
/// - `train-images-idx3-ubyte`, `train-images-idx3-ubyte.gz`, and every other name with `idx` in it: MNIST's.
public enum DataFile {
    /// - Throws: `FormatError` that names the file.
    public static func read(_ path: String) throws(FormatError) -> Tensor {
        let name = path.split(separator: "/").last.map { $0.lowercased() } ?? ""
        if let (archive, key) = split(path, behind: [".npz"]) { return try Npz.read(archive, key) }
        if name.hasSuffix(".npz") {
            let arrays = try Npz.read(path)
            guard arrays.count == 1, let array = arrays.first?.value else {
                throw .severalArrays(file: path, present: arrays.keys.sorted())
            }
            return array
        }
        if name.hasSuffix(".npy") { return try Npy.map(path) }
        if let (file, columns) = split(path, behind: [".csv", ".csv.gz"]) { return try table(file, columns: columns) }
        if name.hasSuffix(".csv") || name.hasSuffix(".csv.gz") { return try table(path) }
        if name.contains("idx") { return try Idx.read(path) }
        throw .unknownName(file: path, expected: "data in .npy, .npz:KEY, .csv, .csv.gz, or IDX with idx in its name")
    }

    /// A path and what follows the colon behind one of these endings; nil if there is none.
    private static func split(_ path: String, behind endings: [String]) -> (path: String, part: String)? {
        for ending in endings {
            if let end = path.ranges(of: ending + ":").last?.upperBound { return (String(path[..<end].dropLast()), String(path[end...])) }
        }
        return nil
    }

    private static func table(_ path: String, columns text: String? = nil) throws(FormatError) -> Tensor {
        var table = try Csv.read(path)
        if let text {
            var columns: [Int] = []
            for part in text.split(separator: ",", omittingEmptySubsequences: false) {
                let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) ?? -1 }
                guard let first = ends.first, let last = ends.last, ends.count <= 2, first >= 0, first <= last, last < table.shape[1] else {
                    throw .columns(file: path, last: table.shape[1] - 1, received: text)
                }
                columns += first...last
            }
            table = table.gatheredColumns(columns)
        }
        return table.shape[1] == 1 ? table.part(at: 0, shape: [table.rowCount]) : table
    }
}

extension Tensor {
    /// Copies of the columns of a matrix at these indices, in their order.
    fileprivate func gatheredColumns(_ indices: [Int]) -> Tensor {
        let result = Tensor.zeros([rowCount, indices.count])
        for row in 0..<rowCount {
            for (place, column) in indices.enumerated() { result[row, place] = self[row, column] }
        }
        return result
    }
}
