/// What can go wrong between ranks. Each case says which rank and which call.
public enum ClusterError: Error, Equatable, CustomStringConvertible {
    /// Ranks called different collectives, or the same one with different counts. MPI would hang or mix memory up.
    case mismatch(calls: [String])
    /// A rank that others wait for has ended.
    case rankLeft(rank: Int, waitingIn: String)
    /// A rank has waited for others longer than it may. The report says what all ranks were doing.
    case stalled(StallReport)
    case stallLimit(received: String)
    /// A call of the MPI library failed.
    case mpi(call: String, message: String)
    /// Started by mpirun, but built without the trait `MPI`: each process would train alone.
    case builtWithoutMPI(ranks: String)
    /// Started beside others by a launcher that MPI does not know: each process would train alone.
    case eachAlone(variable: String, processes: Int)
    case malformedMessage(expected: String)
    /// A way to exchange gradients that these ranks cannot take.
    case exchange(argument: String, requirement: String, received: String)

    public var description: String {
        switch self {
        case .mismatch(let calls):
            "the ranks do not call the same collective: "
                + calls.enumerated().map { "rank \($0): \($1)" }.joined(separator: ", ")
        case .rankLeft(let rank, let call): "rank \(rank) ended while others wait for it in \(call)"
        case .stalled(let report): "\(report)"
        case .stallLimit(let received):
            "LOCKSTEP_STALL_LIMIT must be a number of seconds from 0.1 to 1000000, received: \(received)"
        case .mpi(let call, let message): "\(call) failed: \(message)"
        case .builtWithoutMPI(let ranks):
            "started by mpirun on \(ranks) ranks, but built without MPI; build with the trait MPI (the default) or start without mpirun"
        case .eachAlone(let variable, let processes):
            "\(variable) is \(processes), but MPI does not join these processes: each would train alone and overwrite the others' files. "
                + "Start them with srun --mpi=pmix or mpirun; LOCKSTEP_ALONE=1 lets each train alone"
        case .exchange(let argument, let requirement, let received):
            "the exchange's \(argument) must be \(requirement), received: \(received)"
        case .malformedMessage(let expected): "a message between ranks is not what was expected: \(expected)"
        }
    }
}
