import ArgumentParser
import Lockstep

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension ParsableCommand {
    /// Runs a program: the command that its arguments ask for.
    ///
    /// All ranks were given the same arguments, so the first tells for all what is wrong with them, and shows the help.
    package static func start() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            let isFirst = isFirstRank()
            end(status: exitCode(for: error).rawValue, isFirst ? fullMessage(for: error) + "\n" : nil)
        }
    }
}

/// MPI has not begun.
private func isFirstRank() -> Bool {
    guard let rank = getenv("OMPI_COMM_WORLD_RANK") ?? getenv("PMIX_RANK") else { return true }
    return String(cString: rank) == "0"
}

/// - Parameter message: what the first rank says, help or an error.
private func end(status: Int32, _ message: String?) -> Never {
    guard let message else {
        // mpirun ends the other ranks when the first has ended, and would end the first if they were faster.
        if status != 0 { sleep(5) }
        exit(status)
    }
    guard status == 0 else {
        Terminal.writeError(message)
        exit(status)
    }
    Terminal.write(message)
    do { try Terminal.finish() } catch {
        Terminal.writeError("error: \(error)\n")
        exit(1)
    }
    exit(0)
}
