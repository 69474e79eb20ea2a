import LockstepCompute

/// NumPy's `.npz` files: zip archives of `.npy` members, stored or deflated.
public enum Npz {
    private static let suffix = ".npy"

    /// The arrays by their names, without `.npy`.
    ///
    /// - Parameter type: of the tensors' elements; int32 for whole numbers beyond 2²⁴.
    /// - Throws: `FormatError` if the file cannot be opened, is no zip archive or one that nobody would make of arrays
    ///   (names that lead out of it, members that are encrypted or larger than what is stored can be), or a member is
    ///   no array.
    public static func read(_ path: String, as type: DataType = .float32) throws(FormatError) -> [String: Tensor] {
        try decode(FileBytes.read(path), file: path, as: type)
    }

    package static func decode(
        _ bytes: [UInt8], file: String, as type: DataType = .float32
    ) throws(FormatError) -> [String: Tensor] {
        let reader = try ZipReader(bytes, file: file)
        var arrays: [String: Tensor] = [:]
        for member in reader.names {
            let name = member.hasSuffix(suffix) ? String(member.dropLast(suffix.count)) : member
            arrays[name] = try Npy.decode(reader.contents(of: member), file: "\(file):\(member)", as: type)
        }
        return arrays
    }

    /// One array.
    ///
    /// - Throws: `FormatError.noArray` if the archive holds none of this name, or as `read(_:as:)`.
    public static func read(
        _ path: String, _ name: String, as type: DataType = .float32
    ) throws(FormatError) -> Tensor {
        let reader = try ZipReader(FileBytes.read(path), file: path)
        guard let member = [name + suffix, name].first(where: reader.names.contains) else {
            let present = reader.names.map { $0.hasSuffix(suffix) ? String($0.dropLast(suffix.count)) : $0 }
            throw .noArray(file: path, name: name, present: present.sorted())
        }
        return try Npy.decode(reader.contents(of: member), file: "\(path):\(member)", as: type)
    }

    /// Writes the arrays uncompressed, as `numpy.savez` does; to a temporary name, synced, renamed.
    ///
    /// - Throws: `FormatError.cannotWrite`.
    public static func write(_ arrays: [String: Tensor], to path: String) throws(FormatError) {
        guard !arrays.isEmpty else {
            throw .cannotWrite(file: path, reason: "an archive needs an array, received none")
        }
        let members = arrays.sorted { $0.key < $1.key }.map { ($0.key + suffix, Npy.encode($0.value)) }
        try FileBytes.write(Zip.encode(members, file: path), to: path)
    }
}
