/// Whole zip archives in memory.
package enum Zip {
    /// The contents of all members, by name.
    ///
    /// - Throws: as `ZipReader`.
    package static func decode(_ bytes: [UInt8], file: String) throws(FormatError) -> [String: [UInt8]] {
        let reader = try ZipReader(bytes, file: file)
        var members: [String: [UInt8]] = [:]
        for name in reader.names { members[name] = try reader.contents(of: name) }
        return members
    }

    /// An archive of at least one member, in the given order, stored without compression. Equal contents give equal
    /// bytes.
    ///
    /// - Throws: `FormatError.cannotWrite`.
    package static func encode(_ members: [(String, [UInt8])], file: String) throws(FormatError) -> [UInt8] {
        let writer = try ZipWriter(file: file)
        for (name, bytes) in members { try writer.add(bytes, as: name) }
        return try writer.finish()
    }
}
