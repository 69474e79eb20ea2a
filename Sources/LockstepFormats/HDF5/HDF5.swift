/// HDF5 files, whole, through libhdf5: as much of the format as Keras's files have.
///
/// A file is read in a child process with limits in proportion to it, for libhdf5 does not survive every damaged file (`CHDF5Shim.h`).
package enum HDF5 {
    /// - Throws: as `decode(_:file:)`, and if the file cannot be opened.
    package static func read(_ path: String) throws(FormatError) -> HDF5Group { try decode(FileBytes.read(path), file: path) }

    /// - Throws: `FormatError.notOfFormat` for a file that is damaged; `unsupported` for links other than hard ones, a second link to one
    ///   object, data in other files, filters other than deflate, shuffle and Fletcher's checksum, and elements that are no numbers.
    package static func decode(_ bytes: [UInt8], file: String) throws(FormatError) -> HDF5Group {
        let walk = try HDF5Walk(bytes, file: file)
        do throws(FormatError) {
            let root = try HDF5Parser(walk, file: file).parse()
            _ = walk.end()
            return root
        } catch {
            let signal = walk.end()
            throw walk.isCut ? walk.cut(by: signal) : error
        }
    }

    /// A file's bytes: those of the earliest version of the format, datasets contiguous and little-endian, the same for equal contents.
    ///
    /// - Throws: `FormatError.cannotWrite` for a name or text that HDF5 cannot hold.
    package static func encode(_ root: HDF5Group, file: String) throws(FormatError) -> [UInt8] {
        let writer = HDF5Writer(expected: root.elementBytes, file: file)
        defer { writer.close() }
        return try writer.bytes(of: root)
    }
}
