/// HDF5 files, whole, through libhdf5: as much of the format as Keras's files have.
///
/// A file is read in a child process with limits in proportion to it, for libhdf5 does not survive every damaged file
/// (`CHDF5Shim.h`).
package enum HDF5 {
    /// - Throws: as `decode`, and if the file cannot be opened.
    package static func read(_ path: String) throws(FormatError) -> HDF5Group {
        try decode(FileBytes.read(path), file: path)
    }

    /// Members of other kinds than Keras's files have are passed over, and an error to whoever asks for them: links
    /// other than hard ones, a second link to one object, data in other files, filters other than deflate, shuffle and
    /// Fletcher's checksum, elements that are no numbers. Attributes that are neither text nor numbers are passed over
    /// too.
    ///
    /// - Parameter members: those of the root that are wanted; nil reads all.
    /// - Throws: `FormatError.notOfFormat` for a file that is damaged, `cutShort` for one that has less bytes than it
    ///   says.
    package static func decode(_ bytes: [UInt8], file: String, members: [String]? = nil) throws(FormatError)
        -> HDF5Group
    {
        try checkLength(bytes, file: file)
        let walk = try HDF5Walk(bytes, file: file, members: members)
        do throws(FormatError) {
            let root = try HDF5Parser(walk, file: file).parse()
            _ = walk.end()
            return root
        } catch {
            let signal = walk.end()
            throw walk.isCut ? walk.cut(by: signal) : error
        }
    }

    /// Checks the size that the first block of a file states, where it is of a version that begins the file.
    private static func checkLength(_ bytes: [UInt8], file: String) throws(FormatError) {
        guard bytes.starts(with: signature) else { return }
        func number(at first: Int, size: Int) -> UInt64? {
            guard first + size <= bytes.count else { return nil }
            return bytes[first..<first + size].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        // The version, the bytes of an address, and where the address of the end is: behind those of the base and of
        // one thing more.
        let version = number(at: 8, size: 1) ?? 0
        let size = number(at: version < 2 ? 13 : 9, size: 1).map { Int($0) } ?? 8
        let first = (version == 0 ? 24 : version == 1 ? 28 : 12) + 2 * size
        guard [2, 4, 8].contains(size), version <= 3 else { return }
        guard let end = number(at: first, size: size), end <= UInt64(bytes.count) else {
            throw .cutShort(file: file, format: "an HDF5 file")
        }
    }

    static let signature: [UInt8] = [0x89] + Array("HDF\r\n\u{1A}\n".utf8)

    /// A file's bytes: those of the earliest version of the format, datasets contiguous and little-endian, the same for
    /// equal contents.
    ///
    /// - Throws: `FormatError.cannotWrite` for a name or text that HDF5 cannot hold.
    package static func encode(_ root: HDF5Group, file: String) throws(FormatError) -> [UInt8] {
        let writer = HDF5Writer(expected: root.elementBytes, file: file)
        defer { writer.close() }
        return try writer.bytes(of: root)
    }
}
