import CZip

/// A reader of a zip archive, through libzip. Members are stored or deflated. No member may state a larger size than a
/// valid archive of this size can hold.
final class ZipReader {
    /// The names in the archive's order, without folders.
    let names: [String]

    private let file: String
    private let archive: OpaquePointer
    private let members: [String: Member]

    private struct Member {
        let index: zip_uint64_t
        let size: Int
    }

    /// The largest ratio of decompressed to compressed bytes in Deflate.
    private static let largestRatio: UInt64 = 1100

    /// - Throws: `FormatError` if this is not an archive, if a name leads out of it or occurs twice, or if a member is
    ///   encrypted, compressed by a method other than Deflate, or larger than its stored bytes can be.
    init(_ bytes: [UInt8], file: String) throws(FormatError) {
        self.file = file
        archive = try Self.open(bytes, file: file)
        do throws(FormatError) {
            (names, members) = try Self.list(archive, bytes.count, file: file)
        } catch {
            zip_discard(archive)
            throw error
        }
    }

    deinit { zip_discard(archive) }

    /// - Throws: `FormatError.noArray` if there is no such member, `notOfFormat` if it is damaged.
    func contents(of name: String) throws(FormatError) -> [UInt8] {
        guard let member = members[name] else { throw .noArray(file: file, name: name, present: names.sorted()) }
        try FileBytes.checkMemory(for: member.size, file: "\(file):\(name)")
        func damaged(_ reason: String) -> FormatError {
            .notOfFormat(file: "\(file):\(name)", format: "zip", reason: reason)
        }
        guard let opened = zip_fopen_index(archive, member.index, 0) else {
            throw damaged(String(cString: zip_strerror(archive)))
        }
        defer { zip_fclose(opened) }
        // In parts, because the size that the archive states may be wrong.
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = zip_fread(opened, &part, zip_uint64_t(part.count))
            guard count >= 0 else { throw damaged(String(cString: zip_file_strerror(opened))) }
            guard Int(count) <= member.size - bytes.count else {
                throw damaged("it has more than the \(member.size) bytes stated")
            }
            if count == 0 { break }
            bytes.append(contentsOf: part[..<Int(count)])
        }
        guard bytes.count == member.size else {
            throw damaged("it has \(bytes.count) bytes, not the \(member.size) stated")
        }
        return bytes
    }

    private static func open(_ bytes: [UInt8], file: String) throws(FormatError) -> OpaquePointer {
        // For libzip, zero bytes are an archive without members.
        guard !bytes.isEmpty else { throw .notOfFormat(file: file, format: "zip", reason: "it is empty") }
        var error = zip_error_t()
        zip_error_init(&error)
        defer { zip_error_fini(&error) }
        guard let source = ZipSource.make(bytes, &error) else {
            throw .cannotOpen(file: file, reason: String(cString: zip_error_strerror(&error)))
        }
        guard let archive = zip_open_from_source(source, ZIP_RDONLY, &error) else {
            zip_source_free(source)
            // The list of members is at the end. From libzip 1.11 on, its absence has its own error, 35.
            if bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]), [ZIP_ER_NOZIP, 35].contains(zip_error_code_zip(&error)) {
                throw .cutShort(file: file, format: "a zip archive")
            }
            throw .notOfFormat(file: file, format: "zip", reason: String(cString: zip_error_strerror(&error)))
        }
        return archive
    }

    private static func list(
        _ archive: OpaquePointer, _ archiveSize: Int, file: String
    ) throws(FormatError) -> (names: [String], members: [String: Member]) {
        var names: [String] = []
        var members: [String: Member] = [:]
        var stored: UInt64 = 0
        for index in 0..<zip_uint64_t(max(zip_get_num_entries(archive, 0), 0)) {
            var entry = zip_stat_t()
            guard zip_stat_index(archive, index, 0, &entry) == 0, let text = entry.name else {
                throw .notOfFormat(file: file, format: "zip", reason: String(cString: zip_strerror(archive)))
            }
            let name = String(cString: text)
            func unsupported(_ what: String) -> FormatError {
                .unsupported(file: file, feature: "the member '\(name)', \(what),")
            }
            guard !leadsOut(name) else { throw unsupported("whose name leads out of the archive") }
            guard entry.encryption_method == ZIP_EM_NONE else { throw unsupported("which is encrypted") }
            let isStored = entry.comp_method == ZIP_CM_STORE
            guard isStored || entry.comp_method == ZIP_CM_DEFLATE else {
                throw unsupported("which is neither stored nor deflated")
            }
            // Members may not share the same bytes.
            let isSound = entry.comp_size <= UInt64(archiveSize) - stored
            guard isSound, entry.size <= (isStored ? entry.comp_size : largestRatio * entry.comp_size) else {
                throw unsupported(
                    "which is said to be larger, with \(entry.size) bytes, than what is stored of it can be")
            }
            stored += entry.comp_size
            if name.hasSuffix("/") { continue }
            guard members.updateValue(Member(index: index, size: Int(entry.size)), forKey: name) == nil else {
                throw unsupported("whose name occurs twice")
            }
            names.append(name)
        }
        return (names, members)
    }

    /// Whether a program that unpacks the archive might write outside its target folder.
    private static func leadsOut(_ name: String) -> Bool {
        let isDrive = name.utf8.dropFirst().first == UInt8(ascii: ":")
        return name.isEmpty || name.hasPrefix("/") || name.contains("\\") || isDrive
            || name.split(separator: "/").contains("..")
    }
}
