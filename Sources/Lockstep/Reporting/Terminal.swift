import LockstepCompute

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Standard output and error.
package enum Terminal {
    /// The `errno` of the first failed write to standard output; 0 if none failed.
    private static let failure = SharedCounter(FloatBuffer(count: SharedCounter.stride), at: 0)

    /// Whether standard output is a terminal, and not a file or a program. `mpirun` gives its ranks terminals in any
    /// case, so `launch/run` passes on whether its own output is one.
    package static var isInteractive: Bool {
        let isUnderMPI = getenv("OMPI_COMM_WORLD_SIZE") != nil
        return isatty(STDOUT_FILENO) == 1 && (!isUnderMPI || getenv("LOCKSTEP_TERMINAL") != nil)
    }

    /// Writes at once, in order with the program's own output. A failed write does not stop the program: `finish`
    /// reports it.
    package static func write(_ text: String) {
        flush()
        if !write(text, to: STDOUT_FILENO) { note(errno) }
    }

    /// Writes to standard error in one piece, so that ranks do not interleave.
    package static func writeError(_ text: String) {
        flush()
        _ = write(text, to: STDERR_FILENO)
    }

    /// Makes a write to a pipe without a reader fail like a write to a full disk. By default the system ends the
    /// program.
    static func outliveReaders() { signal(SIGPIPE, SIG_IGN) }

    /// Call it when the program has written everything.
    ///
    /// - Throws: `TrainingError.output` if some of it could not be written.
    package static func finish() throws {
        flush()
        guard failure.value == 0 else {
            throw TrainingError.output(reason: String(cString: strerror(Int32(failure.value))))
        }
    }

    /// Flushes the program's own output.
    private static func flush() { if fflush(nil) != 0 { note(errno) } }

    private static func note(_ error: Int32) { if failure.value == 0 { failure.set(UInt32(error)) } }

    private static func write(_ text: String, to descriptor: Int32) -> Bool {
        var rest = Array(text.utf8)
        while !rest.isEmpty {
            let count = platformWrite(descriptor, rest, rest.count)
            if count < 0, errno == EAGAIN {
                // Another process that shares the descriptor has made it non-blocking.
                var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&ready, 1, -1)
            } else if count < 0, errno != EINTR {
                return false
            }
            rest.removeFirst(max(count, 0))
        }
        return true
    }
}

#if canImport(Glibc)
    private let platformWrite = Glibc.write
#else
    private let platformWrite = Darwin.write
#endif

/// `value` with `digits` digits after the point, as C's `%.4f` or, if scientific, `%.4e`.
func formatted(_ value: Double, digits: Int, scientific: Bool = false) -> String {
    if value.isNaN { return "nan" }
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 400) { buffer in
        let format = scientific ? "%.*e" : "%.*f"
        _ = withVaList([Int32(digits), value]) { vsnprintf(buffer.baseAddress!, buffer.count, format, $0) }
        return String(cString: buffer.baseAddress!)
    }
}
