import LockstepCompute

extension Npy {
    /// As `read(_:as:)`, but little-endian elements of the type itself, in C order, stay in the file: the system brings them when
    /// they are used, once for all processes of a machine. Other files are read, and so are those whose elements do not
    /// begin at a multiple of 64 bytes, where today's NumPy puts them.
    ///
    /// The elements cannot be set: the system ends a program that does; `copy()` makes elements that can. The file must
    /// stay as it is while the tensor is used: what is written into it shows, and if it is cut short the system ends
    /// the process with SIGBUS. Another file that is renamed to its name, as `write` does, does no harm.
    ///
    /// - Throws: as `read(_:as:)`.
    public static func map(_ path: String, as type: DataType = .float32) throws(FormatError) -> Tensor {
        // Headers of version 1 have no more than 2¹⁶ bytes; later versions are for records.
        guard let mapping = FileMapping(path), case let bytes = mapping.prefix(10 + 1 << 16), bytes.count > 6,
            bytes[6] == 1
        else {
            return try read(path, as: type)
        }
        let header = try NpyHeader(bytes, file: path)
        guard header.isNative(type), let buffer = mapping.floats(at: header.size, count: header.shape.count) else {
            return try read(path, as: type)
        }
        return Tensor(buffer, shape: header.shape, type: type)
    }
}
