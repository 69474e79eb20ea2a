import LockstepCluster
import LockstepCompute
import LockstepMPI

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The ranks a program runs on: one without mpirun, as many as mpirun started with it.
///
///     Job.run {
///         let history = try model.fit(x, y, epochs: 5)
///         Job.print("validation loss", history["val_loss"]?.last ?? .nan)
///     }
public enum Job {
    private static let membership: Result<any Communicator, any Error> = Result { try jobCommunicator() }
    /// Made once, for all models of the process share its cores. Threads that compute take turns.
    nonisolated(unsafe) private static let sharedBackend: Result<Backend, any Error> = Result {
        try Backend(communicator())
    }

    /// The ranks and what they can do together.
    ///
    /// - Throws: `ClusterError` if MPI does not start, or was not built in.
    package static func communicator() throws -> any Communicator { try membership.get() }

    /// Collective: what the models of this process compute with.
    package static func backend() throws -> Backend { try sharedBackend.get() }

    /// This process's number, from 0; 0 without mpirun.
    public static var rank: Int { (try? communicator())?.rank ?? 0 }
    /// How many processes take part.
    public static var size: Int { (try? communicator())?.size ?? 1 }

    /// Collective: what computes, in one line: instruction set, ranks × threads, MPI and hosts.
    public static func summary() throws -> String { try backend().summary }

    /// Collective: the threads this rank computes with.
    public static func threads() throws -> Int { try backend().crew.threads }

    /// Collective: the instruction set that all ranks compute with.
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

    /// Runs a program's body. If it throws, this rank says so, `rank 3 on node1: …`, and the whole job ends with a
    /// non-zero status; without it, Swift reports the error but not the rank.
    ///
    /// Standard output that nobody reads any more, or that a full disk does not take, does not end the body. When the
    /// body has ended well, the job then ends with an error that says so.
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

    /// A training that a signal has ended is no failure: the program ends as it would by that signal, but has told MPI.
    private static func fail(_ error: any Error) -> Never {
        if case TrainingError.interrupted(let signal, _, _, _) = error, let communicator = try? communicator() {
            if communicator.rank == 0 { Terminal.writeError("\(error)\n") }
            Termination.end(communicator, by: signal)
        }
        guard let communicator = try? communicator(), communicator.size > 1 else {
            Terminal.writeError("error: \(error)\n")
            exit(1)
        }
        // An error of all ranks is told once: by rank 0, which ends the job before the others get to speak.
        if communicator.rank > 0 { sleep(2) }
        Terminal.writeError("rank \(communicator.rank) on \(communicator.host): \(error)\n")
        communicator.abort()
    }
}
