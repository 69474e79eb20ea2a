import CZip

/// A zip archive that is being written in memory, through libzip.
final class ZipWriter {
    private let file: String
    /// The bytes of the archive, once it is closed.
    private let source: OpaquePointer
    /// nil when it is closed.
    private var archive: OpaquePointer?

    /// - Throws: `FormatError.cannotWrite`.
    init(file: String) throws(FormatError) {
        self.file = file
        var error = zip_error_t()
        zip_error_init(&error)
        defer { zip_error_fini(&error) }
        guard let source = ZipSource.make([], &error) else { throw Self.failed(file, &error) }
        guard let archive = zip_open_from_source(source, ZIP_TRUNCATE, &error) else {
            zip_source_free(source)
            throw Self.failed(file, &error)
        }
        // The archive owns the source; this is for reading it when the archive is closed.
        zip_source_keep(source)
        self.source = source
        self.archive = archive
    }

    deinit {
        if let archive { zip_discard(archive) }
        zip_source_free(source)
    }

    /// Adds a member, stored without compression.
    ///
    /// - Throws: `FormatError.cannotWrite`.
    func add(_ bytes: [UInt8], as name: String) throws(FormatError) {
        var error = zip_error_t()
        zip_error_init(&error)
        defer { zip_error_fini(&error) }
        guard let member = ZipSource.make(bytes, &error) else { throw Self.failed(file, &error) }
        let index = zip_file_add(archive, name, member, zip_flags_t(ZIP_FL_ENC_UTF_8))
        guard index >= 0 else {
            zip_source_free(member)
            throw Self.failed(file, zip_get_error(archive))
        }
        // The first possible date in such files, so that equal contents give equal bytes.
        let firstDay: zip_uint16_t = 1 << 5 | 1
        guard zip_set_file_compression(archive, zip_uint64_t(index), ZIP_CM_STORE, 0) == 0,
            zip_file_set_dostime(archive, zip_uint64_t(index), 0, firstDay, 0) == 0
        else { throw Self.failed(file, zip_get_error(archive)) }
    }

    /// The archive's bytes. Must be called once, at the end.
    ///
    /// - Throws: `FormatError.cannotWrite`.
    func finish() throws(FormatError) -> [UInt8] {
        guard zip_close(archive) == 0 else { throw Self.failed(file, zip_get_error(archive)) }
        archive = nil
        var entry = zip_stat_t()
        guard zip_source_stat(source, &entry) == 0, zip_source_open(source) == 0 else {
            throw Self.failed(file, zip_source_error(source))
        }
        defer { zip_source_close(source) }
        let size = Int(entry.size)
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            count = max(Int(zip_source_read(source, buffer.baseAddress, zip_uint64_t(size))), 0)
        }
        guard bytes.count == size else { throw Self.failed(file, zip_source_error(source)) }
        return bytes
    }

    private static func failed(_ file: String, _ error: UnsafeMutablePointer<zip_error_t>) -> FormatError {
        .cannotWrite(file: file, reason: String(cString: zip_error_strerror(error)))
    }
}
