#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A file's bytes in memory, read-only: the system reads pages as they are touched, and all processes of a machine
/// share them.
///
/// If the file was cut meanwhile and the process reads beyond the new end, the system ends it with SIGBUS.
package final class FileMapping {
    /// The length of the file when it was mapped.
    package let count: Int
    private let start: UnsafeMutableRawPointer

    /// Nil if the path cannot be mapped: it is not a file on a disk, the file is empty, or it cannot be opened. `errno`
    /// has the reason.
    package init?(_ path: String) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size > 0 else {
            return nil
        }
        count = Int(status.st_size)
        guard let start = mmap(nil, count, PROT_READ, MAP_SHARED, descriptor, 0), start != MAP_FAILED else {
            return nil
        }
        self.start = start
    }

    deinit { munmap(start, count) }

    /// A copy of the first `length` bytes, or of all if there are fewer.
    package func prefix(_ length: Int) -> [UInt8] {
        Array(UnsafeRawBufferPointer(start: start, count: min(length, count)))
    }

    /// The floats from a byte on, as a read-only buffer. Nil if the buffer would not begin on a cache line, or would
    /// end behind the file.
    package func floats(at byte: Int, count floats: Int) -> FloatBuffer? {
        let (bytes, overflows) = floats.multipliedReportingOverflow(by: MemoryLayout<Float>.stride)
        guard byte >= 0, byte % FloatBuffer.alignment == 0, floats >= 0, !overflows, byte <= count,
            bytes <= count - byte
        else {
            return nil
        }
        return FloatBuffer((start + byte).assumingMemoryBound(to: Float.self), count: floats, keptBy: self)
    }
}
