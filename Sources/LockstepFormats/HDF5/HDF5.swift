/// Whole HDF5 files, through libhdf5: the part of the format that Keras's files use.
///
/// A file is read in a child process, with limits in proportion to its size, because some damaged files crash libhdf5
/// (`CHDF5Shim.h`).
package enum HDF5 {
    /// - Throws: as `decode`, and if the file cannot be opened.
    package static func read(_ path: String) throws(FormatError) -> HDF5Group {
        try decode(FileBytes.read(path), file: path)
    }

    /// Reads a file. Members that Keras's files do not have are skipped; a request for one is an error. These are links
    /// other than hard links, a second link to one object, data in other files, filters other than deflate, shuffle and
    /// Fletcher's checksum, and elements that are not numbers. Attributes that are neither text nor numbers are skipped
    /// too.
    ///
    /// - Parameter members: the wanted members of the root; nil reads all.
    /// - Throws: `FormatError.notOfFormat` for a damaged file, `cutShort` for a file with fewer bytes than it states.
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

    /// Checks the size that the first block of a file states, if its version has it at the beginning of the file.
    private static func checkLength(_ bytes: [UInt8], file: String) throws(FormatError) {
        guard bytes.starts(with: signature) else { return }
        func number(at first: Int, size: Int) -> UInt64? {
            guard first + size <= bytes.count else { return nil }
            return bytes[first..<first + size].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        // Finds the version, the size of an address, and the address of the end of the file. That address follows two
        // others, the first of which is the base address.
        let version = number(at: 8, size: 1) ?? 0
        let size = number(at: version < 2 ? 13 : 9, size: 1).map { Int($0) } ?? 8
        let first = (version == 0 ? 24 : version == 1 ? 28 : 12) + 2 * size
        guard [2, 4, 8].contains(size), version <= 3 else { return }
        guard let end = number(at: first, size: size), end <= UInt64(bytes.count) else {
            throw .cutShort(file: file, format: "an HDF5 file")
        }
    }

    static let signature: [UInt8] = [0x89] + Array("HDF\r\n\u{1A}\n".utf8)

    /// A file's bytes, in the earliest version of the format, with contiguous little-endian datasets. Equal contents
    /// give equal bytes.
    ///
    /// - Throws: `FormatError.cannotWrite` for a name or text that HDF5 cannot hold.
    package static func encode(_ root: HDF5Group, file: String) throws(FormatError) -> [UInt8] {
        let writer = HDF5Writer(expected: root.elementBytes, file: file)
        defer { writer.close() }
        return try writer.bytes(of: root)
    }
}
