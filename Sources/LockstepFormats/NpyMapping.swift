import LockstepCompute

extension Npy {
    /// Like `read(_:as:)`, but the elements stay in the file if they are little-endian, of exactly this type, and in C
    /// order. The system loads them when they are used, once for all processes of a machine. Other files are read into
    /// memory. So are files whose elements do not begin at a multiple of 64 bytes, where today's NumPy puts them.
    ///
    /// The elements cannot be set: the system ends a program that tries. `copy()` makes a tensor whose elements can be
    /// set. The file must not change while the tensor is used: new content shows in the tensor, and if the file is cut
    /// short, the system ends the process with SIGBUS. Renaming another file to its name, as `write` does, does no
    /// harm.
    ///
    /// - Throws: the same as `read(_:as:)`.
    public static func map(_ path: String, as type: DataType = .float32) throws(FormatError) -> Tensor {
        // Headers of version 1 have at most 2¹⁶ bytes. Later versions are for records.
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
