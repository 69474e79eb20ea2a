import LockstepCompute

/// NumPy's `.npz` files: zip archives of `.npy` members, stored or deflated.
public enum Npz {
    private static let suffix = ".npy"

    /// The arrays by their names, without `.npy`.
    ///
    /// - Parameter type: the type of the tensors' elements; int32 for whole numbers beyond 2²⁴.
    /// - Throws: `FormatError` if the file cannot be opened, is not a zip archive, or has a member that is not an
    ///   array. Also for an archive that is not safe: names that lead out of it, or members that are encrypted or
    ///   larger than their stored bytes allow.
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
    /// - Throws: `FormatError.noArray` if the archive holds no array of this name; otherwise the same as `read(_:as:)`.
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

    /// Writes the arrays uncompressed, as `numpy.savez` does. Writes to a temporary name, syncs and renames.
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
