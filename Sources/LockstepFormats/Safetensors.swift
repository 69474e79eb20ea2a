import LockstepCompute
import LockstepLayers

/// Hugging Face's `.safetensors` files: a header in JSON, then named arrays (https://huggingface.co/docs/safetensors).
///
/// Arrays of any real type of up to 8 bytes are read as float32. Little-endian float32 is written.
public enum Safetensors {
    /// The arrays by their names.
    ///
    /// - Throws: `FormatError` if the file cannot be opened or is cut short, if its header contradicts itself or the
    ///   data, or if an array holds another kind of elements.
    public static func read(_ path: String) throws(FormatError) -> [String: Tensor] {
        try decode(FileBytes.read(path), file: path).tensors
    }

    /// Writes to a temporary name, syncs and renames.
    ///
    /// - Parameter metadata: named texts, which other programs show.
    /// - Throws: `FormatError.cannotWrite`, also for two tensors of one name.
    public static func write(
        _ tensors: [(name: String, tensor: Tensor)], metadata: [String: String] = [:], to path: String
    ) throws(FormatError) {
        try FileBytes.write(encode(tensors, metadata: metadata, file: path), to: path)
    }

    /// The name of the header's entry that holds texts instead of an array.
    private static let metadataName = "__metadata__"

    /// The bytes of a file. The data begins on a cache line, and the arrays follow each other in the order given.
    ///
    /// - Throws: `FormatError.cannotWrite` for two tensors of one name, or a tensor with the name of the metadata.
    package static func encode(
        _ tensors: [(name: String, tensor: Tensor)], metadata: [String: String] = [:], file: String
    ) throws(FormatError) -> [UInt8] {
        var members: [String: ConfigurationValue] = [:]
        var end = 0
        for (name, tensor) in tensors {
            guard name != metadataName, members[name] == nil else {
                throw .cannotWrite(file: file, reason: "two tensors have the name '\(name)', or it is the metadata's")
            }
            let start = end
            end += 4 * tensor.count
            members[name] = [
                "dtype": "F32", "shape": .list(tensor.shape.dimensions.map { .integer($0) }),
                "data_offsets": [.integer(start), .integer(end)],
            ]
        }
        if !metadata.isEmpty { members[metadataName] = .object(metadata.mapValues { .string($0) }) }
        var header = Array(try Json.text(.object(members), file: file).utf8)
        header += Array(repeating: UInt8(ascii: " "), count: 63 - (7 + header.count) % 64)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(8 + header.count + end)
        withUnsafeBytes(of: UInt64(header.count).littleEndian) { bytes.append(contentsOf: $0) }
        bytes += header
        for (_, tensor) in tensors { tensor.appendBytes(to: &bytes) }
        return bytes
    }

    package static func decode(
        _ bytes: [UInt8], file: String
    ) throws(FormatError) -> (tensors: [String: Tensor], metadata: [String: String]) {
        let header = try SafetensorsHeader(bytes, file: file)
        var tensors: [String: Tensor] = [:]
        for entry in header.entries {
            tensors[entry.name] = entry.element.tensor(
                bytes[header.size...].dropFirst(entry.range.lowerBound), shape: entry.shape)
        }
        return (tensors, header.metadata)
    }
}
