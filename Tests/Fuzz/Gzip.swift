import CZlib

/// Gzip streams in memory.
enum Gzip {
    static func deflated(_ bytes: [UInt8]) -> [UInt8]? {
        run(
            bytes, begin: { deflateInit2_($0, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, $1) },
            deflate, deflateEnd)
    }

    static func inflated(_ bytes: [UInt8]) -> [UInt8]? {
        run(bytes, begin: { inflateInit2_($0, 15 + 16, ZLIB_VERSION, $1) }, inflate, inflateEnd)
    }

    private static func run(
        _ bytes: [UInt8], begin: (z_streamp, Int32) -> Int32, _ step: (z_streamp, Int32) -> Int32,
        _ end: (z_streamp) -> Int32
    ) -> [UInt8]? {
        var stream = z_stream()
        guard begin(&stream, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { return nil }
        defer { _ = end(&stream) }
        var input = bytes
        var output: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        return input.withUnsafeMutableBufferPointer { input -> [UInt8]? in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(input.count)
            while true {
                let (status, count) = part.withUnsafeMutableBufferPointer { part in
                    stream.next_out = part.baseAddress
                    stream.avail_out = UInt32(part.count)
                    let status = step(&stream, Z_FINISH)
                    return (status, part.count - Int(stream.avail_out))
                }
                output += part[..<count]
                if status == Z_STREAM_END { return output }
                guard status == Z_OK || (status == Z_BUF_ERROR && count > 0) else { return nil }
            }
        }
    }
}
