/// Zip archives, whole and in memory.
package enum Zip {
    /// The contents of all members by their names.
    ///
    /// - Throws: as `ZipReader`.
    package static func decode(_ bytes: [UInt8], file: String) throws(FormatError) -> [String: [UInt8]] {
        let reader = try ZipReader(bytes, file: file)
        var members: [String: [UInt8]] = [:]
        for name in reader.names { members[name] = try reader.contents(of: name) }
        return members
    }

    /// An archive of members, at least one, in the order given, stored as they are; the same bytes for equal contents.
    ///
    /// - Throws: `FormatError.cannotWrite`.
    package static func encode(_ members: [(String, [UInt8])], file: String) throws(FormatError) -> [UInt8] {
        let writer = try ZipWriter(file: file)
        for (name, bytes) in members { try writer.add(bytes, as: name) }
        return try writer.finish()
    }
}
