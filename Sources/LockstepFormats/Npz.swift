import CZip
import LockstepCompute

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// NumPy's `.npz` files: zip archives of `.npy` members, stored or deflated, through libzip.
public enum Npz {
    /// The arrays by their names, without `.npy`.
    ///
    /// - Throws: `FormatError` if the file cannot be opened, is no zip archive, or a member is no array.
    public static func read(_ path: String) throws(FormatError) -> [String: Tensor] {
        let archive = try open(path)
        defer { zip_discard(archive) }
        var arrays: [String: Tensor] = [:]
        for index in 0..<zip_get_num_entries(archive, 0) {
            guard let name = zip_get_name(archive, zip_uint64_t(index), 0) else { continue }
            let member = String(cString: name)
            let bytes = try contents(of: zip_uint64_t(index), in: archive, file: path)
            arrays[member.hasSuffix(".npy") ? String(member.dropLast(4)) : member] = try Npy.decode(bytes, file: "\(path):\(member)")
        }
        return arrays
    }

    /// One array.
    ///
    /// - Throws: `FormatError.noArray` if the archive holds none of this name, or as `read(_:)`.
    public static func read(_ path: String, _ name: String) throws(FormatError) -> Tensor {
        let arrays = try read(path)
        guard let array = arrays[name] else { throw .noArray(file: path, name: name, present: arrays.keys.sorted()) }
        return array
    }

    /// Writes the arrays uncompressed, as `numpy.savez` does; to a temporary name, synced, renamed.
    ///
    /// - Throws: `FormatError.cannotWrite`.
    public static func write(_ arrays: [String: Tensor], to path: String) throws(FormatError) {
        guard !arrays.isEmpty else { throw .cannotWrite(file: path, reason: "an archive needs an array, received none") }
        try FileBytes.replace(path) { (temporary) throws(FormatError) in
            var code: Int32 = 0
            guard let archive = zip_open(temporary, ZIP_CREATE | ZIP_TRUNCATE, &code) else {
                throw .cannotWrite(file: path, reason: message(code))
            }
            for (name, array) in arrays.sorted(by: { $0.key < $1.key })
            where !add(Npy.encode(array), as: name + ".npy", to: archive) {
                let reason = String(cString: zip_strerror(archive))
                zip_discard(archive)
                throw .cannotWrite(file: path, reason: reason)
            }
            guard zip_close(archive) == 0 else {
                let reason = String(cString: zip_strerror(archive))
                zip_discard(archive)
                throw .cannotWrite(file: path, reason: reason)
            }
            try FileBytes.sync(temporary, for: path)
        }
    }

    private static func open(_ path: String) throws(FormatError) -> OpaquePointer {
        var code: Int32 = 0
        guard let archive = zip_open(path, ZIP_RDONLY, &code) else {
            if code == ZIP_ER_NOZIP || code == ZIP_ER_INCONS { throw .notOfFormat(file: path, format: ".npz", reason: message(code)) }
            throw .cannotOpen(file: path, reason: message(code))
        }
        return archive
    }

    private static func contents(of index: zip_uint64_t, in archive: OpaquePointer, file: String) throws(FormatError) -> [UInt8] {
        guard let member = zip_fopen_index(archive, index, 0) else {
            throw .notOfFormat(file: file, format: ".npz", reason: String(cString: zip_strerror(archive)))
        }
        defer { zip_fclose(member) }
        // In parts, for the size that the archive states may be anything.
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = zip_fread(member, &part, zip_uint64_t(part.count))
            guard count >= 0 else {
                throw .notOfFormat(file: file, format: ".npz", reason: String(cString: zip_file_strerror(member)))
            }
            if count == 0 { return bytes }
            bytes.append(contentsOf: part[..<Int(count)])
        }
    }

    private static func add(_ bytes: [UInt8], as name: String, to archive: OpaquePointer) -> Bool {
        // A copy that libzip frees.
        guard let copy = malloc(max(bytes.count, 1)) else { return false }
        bytes.withUnsafeBytes { copy.copyMemory(from: $0.baseAddress!, byteCount: bytes.count) }
        guard let source = zip_source_buffer(archive, copy, zip_uint64_t(bytes.count), 1) else {
            free(copy)
            return false
        }
        let index = zip_file_add(archive, name, source, zip_flags_t(ZIP_FL_ENC_UTF_8))
        guard index >= 0 else {
            zip_source_free(source)
            return false
        }
        return zip_set_file_compression(archive, zip_uint64_t(index), ZIP_CM_STORE, 0) == 0
    }

    private static func message(_ code: Int32) -> String {
        var error = zip_error_t()
        zip_error_init_with_code(&error, code)
        defer { zip_error_fini(&error) }
        return String(cString: zip_error_strerror(&error))
    }
}
