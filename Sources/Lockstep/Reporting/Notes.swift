extension Job {
    /// Prints a note once for all ranks, to standard error, because programs may read standard output.
    package static func note(_ text: String) {
        if rank == 0 { Terminal.writeError(text + "\n") }
    }
}
