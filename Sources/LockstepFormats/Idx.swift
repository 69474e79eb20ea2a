import LockstepCompute

/// IDX files, MNIST's format (http://yann.lecun.com/exdb/mnist): two zero bytes, the type, the number of dimensions,
/// each dimension in four bytes, and the elements in row-major order. All numbers are big-endian. Gzip files, the form
/// of the downloads, are read through zlib.
public enum Idx {
    /// The array. Its elements may be bytes, 2- or 4-byte integers, floats or doubles.
    ///
    /// - Parameter type: the type of the tensor's elements; int32 for whole numbers beyond 2²⁴.
    /// - Throws: `FormatError` if the file cannot be opened, is not an IDX file, or has fewer or more elements than it
    ///   states.
    public static func read(_ path: String, as type: DataType = .float32) throws(FormatError) -> Tensor {
        try decode(FileBytes.inflated(path), file: path, as: type)
    }

    private static let elements: [UInt8: ElementType] = [
        0x08: .unsigned(bytes: 1), 0x09: .signed(bytes: 1), 0x0B: .signed(bytes: 2), 0x0C: .signed(bytes: 4),
        0x0D: .float(bytes: 4),
        0x0E: .float(bytes: 8),
    ]

    package static func decode(
        _ bytes: [UInt8], file: String, as type: DataType = .float32
    ) throws(FormatError) -> Tensor {
        guard bytes.count >= 4, bytes[0] == 0, bytes[1] == 0 else {
            throw .notOfFormat(
                file: file, format: "IDX", reason: "it does not begin with two zero bytes, the type and the dimensions")
        }
        guard let element = elements[bytes[2]] else {
            throw .notOfFormat(
                file: file, format: "IDX", reason: "there is no element type 0x\(String(bytes[2], radix: 16))")
        }
        let start = 4 + 4 * Int(bytes[3])
        guard bytes.count >= start else { throw .truncated(file: file, expected: start, received: bytes.count) }
        let dimensions = stride(from: 4, to: start, by: 4).map { place in
            bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
        }
        guard let size = element.byteCount(dimensions) else {
            throw .notOfFormat(file: file, format: "IDX", reason: "it has the dimensions \(dimensions)")
        }
        guard bytes.count - start >= size else {
            throw .truncated(file: file, expected: size, received: bytes.count - start)
        }
        guard bytes.count - start == size else {
            let reason = "\(size) bytes of elements \(Shape(dimensions)) expected, received: \(bytes.count - start)"
            throw .notOfFormat(file: file, format: "IDX", reason: reason)
        }
        return try element.tensor(bytes[start...], isBigEndian: true, shape: Shape(dimensions), as: type, file: file)
    }
}
