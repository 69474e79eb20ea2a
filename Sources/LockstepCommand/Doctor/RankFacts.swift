import Lockstep
import LockstepCompute

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What a rank knows of itself and of the host it runs on.
struct RankFacts: Codable {
    let rank: Int
    let host: String
    let threads: Int
    let processors, usable: Binding
    let instructionSets: [String]
    let threadsAreForced, instructionSetIsForced: Bool
    let memory: Int
    let freeSharedMemory: Int?
    /// How many threads of the host, other jobs' too, wanted a core in the last minute.
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

    /// Processors, for the way between ranks.
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

/// What a rank measured; nil where it was another's turn.
struct RankSpeeds: Codable {
    /// GFLOP/s of multiply-adds that a core makes.
    var gflops: Double
    /// GB/s of a copy by this rank alone on its host, and while all others copy too.
    var copyAlone: Double?
    var copyTogether: Double
    /// Between this rank, which leads, and others.
    var links: [Link] = []
}

/// What messages between two ranks cost.
struct Link: Codable {
    let from, to: Int
    let latencyUs, gbPerS: Double
}
