#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Standard output and error.
package enum Terminal {
    /// Whether a person looks at the output, rather than a file or a program. mpirun gives its ranks terminals of their own whatever
    /// it writes to itself; `launch/run` tells what that is.
    package static var isInteractive: Bool {
        let isUnderMPI = getenv("OMPI_COMM_WORLD_SIZE") != nil
        return isatty(STDOUT_FILENO) == 1 && (!isUnderMPI || getenv("LOCKSTEP_TERMINAL") != nil)
    }

    /// Writes at once, and in order with what the program prints.
    package static func write(_ text: String) {
        print(text, terminator: "")
        fflush(nil)
    }

    /// Writes to standard error in one piece, so that ranks do not interleave.
    static func writeError(_ text: String) {
        fflush(nil)
        let bytes = Array(text.utf8)
        #if canImport(Glibc)
            _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
        #else
            _ = Darwin.write(STDERR_FILENO, bytes, bytes.count)
        #endif
    }
}

/// `value` with `digits` behind the point, as C's `%.4f` or, scientific, `%.4e`.
func formatted(_ value: Double, digits: Int, scientific: Bool = false) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 400) { buffer in
        let format = scientific ? "%.*e" : "%.*f"
        _ = withVaList([Int32(digits), value]) { vsnprintf(buffer.baseAddress!, buffer.count, format, $0) }
        return String(cString: buffer.baseAddress!)
    }
}
