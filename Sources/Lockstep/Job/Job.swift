import LockstepCluster
import LockstepCompute
import LockstepMPI

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The ranks of a program: one without `mpirun`, otherwise all that `mpirun` started.
///
///     Job.run {
///         let history = try model.fit(x, y, epochs: 5)
///         Job.print("validation loss", history["val_loss"]?.last ?? .nan)
///     }
public enum Job {
    private static let membership: Result<any Communicator, any Error> = Result { try jobCommunicator() }
    /// Made once, because all models of the process share its cores. Threads that compute take turns.
    nonisolated(unsafe) private static let sharedBackend: Result<Backend, any Error> = Result {
        try Backend(communicator())
    }

    /// The communicator of all ranks.
    ///
    /// - Throws: `ClusterError` if MPI does not start, or was not built in.
    package static func communicator() throws -> any Communicator { try membership.get() }

    /// Collective: the backend that all models of this process use.
    package static func backend() throws -> Backend { try sharedBackend.get() }

    /// This process's number, from 0; 0 without mpirun.
    public static var rank: Int { (try? communicator())?.rank ?? 0 }
    /// The number of processes.
    public static var size: Int { (try? communicator())?.size ?? 1 }

    /// Collective: the backend in one line: instruction set, ranks × threads, MPI and hosts.
    public static func summary() throws -> String { try backend().summary }

    /// Collective: the number of threads of this rank.
    public static func threads() throws -> Int { try backend().crew.threads }

    /// Collective: the instruction set of all ranks.
    package static func instructionSet() throws -> InstructionSet { try backend().crew.instructionSet }

    /// Prints once for all ranks.
    public static func print(_ items: Any..., separator: String = " ", terminator: String = "\n") {
        guard rank == 0 else { return }
        Terminal.write(items.map { "\($0)" }.joined(separator: separator) + terminator)
    }

    /// Collective: runs the body on rank 0 alone, to write files for example; an error there reaches all ranks.
    public static func once(_ body: () throws -> Void) throws {
        try Coordinator(communicator: communicator()).once(body)
    }

    /// Runs a program's body. If it throws, this rank prints the error, `rank 3 on node1: …`, and the whole job ends
    /// with a non-zero status. Without `Job.run`, Swift prints the error but not the rank.
    ///
    /// If nobody reads standard output any more, or the disk is full, the body still continues. When the body succeeds,
    /// the job then ends with an error that says so.
    public static func run(_ body: () throws -> Void) {
        Terminal.outliveReaders()
        Termination.endProgramInOrder()
        do {
            _ = try communicator()
            try body()
            try Terminal.finish()
        } catch {
            fail(error)
        }
    }

    /// A training that a signal has ended is not a failure: the program ends as if by that signal, but shuts down MPI
    /// first.
    private static func fail(_ error: any Error) -> Never {
        if case TrainingError.interrupted(let signal, _, _, _) = error, let communicator = try? communicator() {
            if communicator.rank == 0 { Terminal.writeError("\(error)\n") }
            Termination.end(communicator, by: signal)
        }
        guard let communicator = try? communicator(), communicator.size > 1 else {
            Terminal.writeError("error: \(error)\n")
            exit(1)
        }
        // An error on all ranks is printed once: rank 0 prints it and ends the job before the others print.
        if communicator.rank > 0 { sleep(2) }
        Terminal.writeError("rank \(communicator.rank) on \(communicator.host): \(error)\n")
        communicator.abort()
    }
}
