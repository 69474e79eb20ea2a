import Lockstep
import LockstepCompute

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A rank's facts about itself and its host.
struct RankFacts: Codable {
    let rank: Int
    let host: String
    let threads: Int
    let processors, usable: Binding
    let instructionSets: [String]
    let threadsAreForced, instructionSetIsForced: Bool
    let memory: Int
    let freeSharedMemory: Int?
    /// The number of threads on the host, including other jobs, that wanted a core in the last minute.
    let load: Double

    init(_ communicator: any Communicator, threads: Int) {
        rank = communicator.rank
        host = communicator.host
        self.threads = threads
        processors = Binding(.allowed())
        usable = Binding(.usable())
        instructionSets = InstructionSet.available.map(\.rawValue)
        threadsAreForced = getenv("LOCKSTEP_THREADS") != nil
        instructionSetIsForced = getenv("LOCKSTEP_INSTRUCTION_SET") != nil
        memory = physicalMemory()
        freeSharedMemory = LockstepCompute.freeSharedMemory()
        var load = 0.0
        self.load = getloadavg(&load, 1) == 1 ? load : 0
    }

    /// Processors, in a form that ranks can exchange.
    struct Binding: Codable {
        private let mask: [UInt64]
        private let quota: Double?

        init(_ processors: Processors) {
            mask = processors.mask
            quota = processors.quota
        }

        var processors: Processors { Processors(mask: mask, quota: quota) }
    }
}

/// A rank's measurements; nil if it was not this rank's turn.
struct RankSpeeds: Codable {
    /// The GFLOP/s of multiply-adds on one core.
    var gflops: Double
    /// The GB/s of a copy by this rank alone on its host, and while all others copy too.
    var copyAlone: Double?
    var copyTogether: Double
    /// The links from this rank, as the leader, to others.
    var links: [Link] = []
}

/// The cost of messages between two ranks.
struct Link: Codable {
    let from, to: Int
    let latencyUs, gbPerS: Double
}
