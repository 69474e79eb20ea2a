import LockstepCompute
import LockstepFormats

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension Figure {
    /// Draws the figure as a PNG file. If gnuplot is not installed, it writes the script with the data instead,
    /// `loss.png.gp`, and prints how to draw it.
    ///
    /// Call it on one rank: `try Job.once { try figure.save("loss.png") }`.
    ///
    /// - Throws: `FormatError.cannotWrite` if the file cannot be written, or gnuplot fails.
    public func save(_ path: String) throws(FormatError) {
        Undisturbed.begin()
        defer { Undisturbed.end() }
        let script = path + ".gp"
        do throws(FormatError) {
            try FileBytes.replace(path) { (temporary) throws(FormatError) in
                do throws(FormatError) {
                    try writeText(self.script(output: temporary), to: script)
                } catch .cannotWrite(_, let reason) {
                    throw .cannotWrite(file: path, reason: reason)
                }
                try draw(script, path)
            }
            unlink(script)
        } catch .cannotOpen("gnuplot", _) {
            try writeText(self.script(output: path), to: script)
            Terminal.write("gnuplot is not installed (Debian: gnuplot-nox); to draw \(path) later: gnuplot \(script)\n")
        }
    }

    /// Runs gnuplot on a script, in a separate process group. So Ctrl-C does not reach it; it ends within a moment.
    private func draw(_ script: String, _ path: String) throws(FormatError) {
        var arguments = [strdup("gnuplot"), strdup(script), nil]
        defer { for argument in arguments { free(argument) } }
        #if canImport(Glibc)
            var attributes = posix_spawnattr_t()
        #else
            var attributes: posix_spawnattr_t?
        #endif
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        posix_spawnattr_setpgroup(&attributes, 0)
        var process: pid_t = 0
        guard posix_spawnp(&process, "gnuplot", nil, &attributes, &arguments, environ) == 0 else {
            throw .cannotOpen(file: "gnuplot", reason: "not installed")
        }
        var status: Int32 = 0
        guard waitpid(process, &status, 0) == process, status == 0 else {
            throw .cannotWrite(file: path, reason: "gnuplot failed on \(script)")
        }
    }
}
