extension Job {
    /// Says once for all ranks what was recognised, to standard error: the output may be for programs.
    package static func note(_ text: String) {
        if rank == 0 { Terminal.writeError(text + "\n") }
    }
}
