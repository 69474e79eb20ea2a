import LockstepCompute

/// NumPy's `.npy` files: reads arrays of any real type or of strings, in either order; writes little-endian float32 or
/// int32, and strings as `<U`.
public enum Npy {
    /// - Parameter type: the type of the tensor's elements; int32 for whole numbers beyond 2²⁴.
    /// - Throws: `FormatError` if the file cannot be opened, is not an `.npy` file, is cut short, holds another kind of
    ///   elements, or holds numbers that int32 cannot hold.
    public static func read(_ path: String, as type: DataType = .float32) throws(FormatError) -> Tensor {
        try decode(FileBytes.read(path), file: path, as: type)
    }

    /// Writes to a temporary name, syncs and renames.
    ///
    /// - Throws: `FormatError.cannotWrite`.
    public static func write(_ tensor: Tensor, to path: String) throws(FormatError) {
        try FileBytes.write(encode(tensor), to: path)
    }

    static func decode(_ bytes: [UInt8], file: String, as type: DataType = .float32) throws(FormatError) -> Tensor {
        let header = try NpyHeader(bytes, file: file)
        let size = header.element.size
        guard bytes.count - header.size >= header.shape.count * size else {
            throw .truncated(file: file, expected: header.shape.count * size, received: bytes.count - header.size)
        }
        return try header.element.tensor(
            bytes[header.size...], isBigEndian: header.isBigEndian, shape: header.shape, as: type, file: file,
            place: header.isColumnMajor ? { rowMajor($0, header.shape) } : nil)
    }

    /// The row-major place of the element that is at `position` in column-major order.
    private static func rowMajor(_ position: Int, _ shape: Shape) -> Int {
        var rest = position
        var indices: [Int] = []
        for dimension in shape.dimensions {
            indices.append(rest % dimension)
            rest /= dimension
        }
        return zip(indices, shape.dimensions).reduce(0) { $0 * $1.1 + $1.0 }
    }

    static func encode(_ tensor: Tensor) -> [UInt8] {
        let dimensions = tensor.shape.dimensions.map { "\($0)" }.joined(separator: ", ")
        let tuple = tensor.shape.rank == 1 ? "(\(dimensions),)" : "(\(dimensions))"
        let width = tensor.type == .string ? max(1, tensor.strings.map(\.unicodeScalars.count).max() ?? 1) : 1
        let descriptor =
            switch tensor.type {
            case .float32: "<f4"
            case .int32: "<i4"
            case .string: "<U\(width)"
            }
        var header = Array("{'descr': '\(descriptor)', 'fortran_order': False, 'shape': \(tuple), }".utf8)
        // Magic, version, length, header and the final newline fill a multiple of 64 bytes.
        header += Array(repeating: UInt8(ascii: " "), count: 63 - (10 + header.count) % 64) + [UInt8(ascii: "\n")]
        var bytes = NpyHeader.magic + [1, 0, UInt8(header.count & 0xFF), UInt8(header.count >> 8)] + header
        bytes.reserveCapacity(bytes.count + 4 * width * tensor.count)
        guard tensor.type == .string else {
            tensor.appendBytes(to: &bytes)
            return bytes
        }
        for string in tensor.strings {
            let codes = string.unicodeScalars.map(\.value)
            for code in codes + Array(repeating: 0, count: width - codes.count) {
                withUnsafeBytes(of: code.littleEndian) { bytes.append(contentsOf: $0) }
            }
        }
        return bytes
    }
}
