import CHDF5Shim

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A child process that walks a file in memory, and its output.
final class HDF5Walk {
    private let file: String
    private let child: pid_t
    private let descriptor: Int32
    private var buffer = [UInt8](repeating: 0, count: 1 << 18)
    private var buffered = 0..<0
    /// The remaining limit on bytes from the child, more than a correct child sends for the file.
    private var left: Int
    /// Whether the child ended too early.
    private(set) var isCut = false

    /// - Parameter members: the members of the root to walk; nil walks all.
    init(_ bytes: [UInt8], file: String, members: [String]?) throws(FormatError) {
        self.file = file
        var child: pid_t = 0
        // Each name ends with a zero.
        let names = members.map { $0.reduce(into: [CChar]()) { $0 += $1.utf8CString } + [0] }
        descriptor = bytes.withUnsafeBytes { image in
            withUnsafeMutablePointer(to: &child) { child in
                // An empty array may have no address.
                withUnsafeBytes(of: 0) { nothing in
                    ls_hdf5_walk(
                        image.baseAddress ?? nothing.baseAddress!, image.count, names, members?.count ?? 0, child)
                }
            }
        }
        guard descriptor >= 0 else {
            throw .cannotOpen(
                file: file, reason: "no process can be started to read it: \(String(cString: strerror(-descriptor)))")
        }
        self.child = child
        left = (Int(LS_HDF5_LARGEST_RATIO) + 100) * bytes.count + 1 << 20
    }

    /// Ends the child. Returns the signal that had ended it before, or 0. Must be called once.
    func end() -> Int32 { ls_hdf5_end_walk(descriptor, child) }

    /// The error for a file that the child did not read to its end.
    func cut(by signal: Int32) -> FormatError {
        let reason =
            switch signal {
            case SIGXCPU, SIGALRM: "reading it takes longer than a sound file of its size can"
            case 0: "reading it ended early"
            default: "libhdf5 crashes on it, with signal \(signal)"
            }
        return .notOfFormat(file: file, format: "HDF5", reason: reason)
    }

    /// The next `count` bytes; the memory for them grows as they come.
    func bytes(_ count: Int) throws(FormatError) -> [UInt8] {
        guard count >= 0, count <= left else {
            throw .notOfFormat(file: file, format: "HDF5", reason: "it holds more than a file of its size can")
        }
        try FileBytes.checkMemory(for: count, file: file)
        left -= count
        var bytes: [UInt8] = []
        while bytes.count < count {
            if buffered.isEmpty { try fill() }
            let part = buffered.prefix(count - bytes.count)
            bytes += buffer[part]
            buffered = part.upperBound..<buffered.upperBound
        }
        return bytes
    }

    func number() throws(FormatError) -> UInt64 { try bytes(8).withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) } }

    func byte() throws(FormatError) -> UInt8 { try bytes(1)[0] }

    func text() throws(FormatError) -> String {
        let length = try number()
        return String(decoding: try bytes(Int(clamping: length)), as: UTF8.self)
    }

    private func fill() throws(FormatError) {
        var received = 0
        repeat { received = read(descriptor, &buffer, buffer.count) } while received < 0 && errno == EINTR
        isCut = received <= 0
        // The caller finds the reason when it has ended the child.
        guard received > 0 else { throw cut(by: 0) }
        buffered = 0..<received
    }
}
