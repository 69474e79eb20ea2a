import LockstepFormats

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension Figure {
    /// Draws the figure as a PNG file. Where gnuplot is not installed it writes the script with the data beside it, `loss.png.gp`, and
    /// says how to draw it.
    ///
    /// Call it on one rank: `try Job.once { try figure.save("loss.png") }`.
    ///
    /// - Throws: `FormatError.cannotWrite` if the file cannot be written, or gnuplot fails.
    public func save(_ path: String) throws(FormatError) {
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

    /// Runs gnuplot on a script.
    private func draw(_ script: String, _ path: String) throws(FormatError) {
        var arguments = [strdup("gnuplot"), strdup(script), nil]
        defer { for argument in arguments { free(argument) } }
        var process: pid_t = 0
        guard posix_spawnp(&process, "gnuplot", nil, nil, &arguments, environ) == 0 else {
            throw .cannotOpen(file: "gnuplot", reason: "not installed")
        }
        var status: Int32 = 0
        guard waitpid(process, &status, 0) == process, status == 0 else {
            throw .cannotWrite(file: path, reason: "gnuplot failed on \(script)")
        }
    }
}
