import LockstepCompute

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Standard output and error.
package enum Terminal {
    /// Why standard output could not be written, the first time that it could not: an `errno`; 0 where it could.
    private static let failure = SharedCounter(FloatBuffer(count: SharedCounter.stride), at: 0)

    /// Whether a person looks at the output, rather than a file or a program. mpirun gives its ranks terminals of their
    /// own whatever it writes to itself; `launch/run` tells what that is.
    package static var isInteractive: Bool {
        let isUnderMPI = getenv("OMPI_COMM_WORLD_SIZE") != nil
        return isatty(STDOUT_FILENO) == 1 && (!isUnderMPI || getenv("LOCKSTEP_TERMINAL") != nil)
    }

    /// Writes at once, and in order with what the program prints. What cannot be written does not hold up the program:
    /// `finish` tells.
    package static func write(_ text: String) {
        flush()
        if !write(text, to: STDOUT_FILENO) { note(errno) }
    }

    /// Writes to standard error in one piece, so that ranks do not interleave.
    package static func writeError(_ text: String) {
        flush()
        _ = write(text, to: STDERR_FILENO)
    }

    /// Lets writing to a pipe that nobody reads fail, as a full disk does; by default the system ends a program that
    /// tries.
    static func outliveReaders() { signal(SIGPIPE, SIG_IGN) }

    /// To be called when a program has written all.
    ///
    /// - Throws: `TrainingError.output` if some of it could not be written.
    package static func finish() throws {
        flush()
        guard failure.value == 0 else {
            throw TrainingError.output(reason: String(cString: strerror(Int32(failure.value))))
        }
    }

    /// Writes what the program has printed itself.
    private static func flush() { if fflush(nil) != 0 { note(errno) } }

    private static func note(_ error: Int32) { if failure.value == 0 { failure.set(UInt32(error)) } }

    private static func write(_ text: String, to descriptor: Int32) -> Bool {
        var rest = Array(text.utf8)
        while !rest.isEmpty {
            let count = platformWrite(descriptor, rest, rest.count)
            if count < 0, errno == EAGAIN {
                // Somebody who shares it has made it not wait.
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

/// `value` with `digits` behind the point, as C's `%.4f` or, scientific, `%.4e`.
func formatted(_ value: Double, digits: Int, scientific: Bool = false) -> String {
    if value.isNaN { return "nan" }
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 400) { buffer in
        let format = scientific ? "%.*e" : "%.*f"
        _ = withVaList([Int32(digits), value]) { vsnprintf(buffer.baseAddress!, buffer.count, format, $0) }
        return String(cString: buffer.baseAddress!)
    }
}
