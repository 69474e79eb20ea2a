import CZip

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The input of libzip.
enum ZipSource {
    /// A copy of the bytes, which libzip frees; nil, with the error set, if there is not enough memory.
    static func make(_ bytes: [UInt8], _ error: inout zip_error_t) -> OpaquePointer? {
        guard let copy = malloc(max(bytes.count, 1)) else {
            zip_error_set(&error, ZIP_ER_MEMORY, 0)
            return nil
        }
        bytes.withUnsafeBytes { if let start = $0.baseAddress { copy.copyMemory(from: start, byteCount: $0.count) } }
        let source = zip_source_buffer_create(copy, zip_uint64_t(bytes.count), 1, &error)
        if source == nil { free(copy) }
        return source
    }
}
