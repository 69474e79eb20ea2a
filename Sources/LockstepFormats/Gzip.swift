import CZlib

extension FileBytes {
    /// A file's bytes, inflated if it is a gzip file.
    static func inflated(_ path: String) throws(FormatError) -> [UInt8] {
        guard let file = gzopen(path, "rb") else { throw .cannotOpen(file: path, reason: lastError()) }
        defer { gzclose_r(file) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = gzread(file, &part, UInt32(part.count))
            if count > 0 { bytes.append(contentsOf: part[..<Int(count)]) }
            try checkMemory(for: bytes.count, file: path)
            if count == part.count { continue }
            // If a file ends in the middle of a stream, zlib returns the bytes that it could read, and then only an
            // error.
            var code: Int32 = 0
            let message = gzerror(file, &code).map { String(cString: $0) } ?? ""
            guard code == Z_OK || code == Z_STREAM_END else {
                if code == Z_ERRNO { throw .cannotOpen(file: path, reason: lastError()) }
                throw .notOfFormat(
                    file: path, format: "whole gzip", reason: message.isEmpty ? "zlib error \(code)" : message)
            }
            return bytes
        }
    }
}
