import Lockstep

/// The facts about a job and its hosts.
package struct Survey {
    package struct Host {
        package let name: String
        package let placement: Placement
        /// The fastest instruction set it has.
        package let instructionSet: InstructionSet
        /// The GFLOP/s of multiply-adds on one core.
        package let gflops: Double
        /// The free bytes of `/dev/shm`; nil if there is none.
        package let freeSharedMemory: Int?

        package init(
            name: String, placement: Placement, instructionSet: InstructionSet, gflops: Double, freeSharedMemory: Int?
        ) {
            self.name = name
            self.placement = placement
            self.instructionSet = instructionSet
            self.gflops = gflops
            self.freeSharedMemory = freeSharedMemory
        }
    }

    /// Two hosts, and the GB/s of large messages between them.
    package struct Road {
        package let from, to: String
        package let gbPerS: Double

        package init(from: String, to: String, gbPerS: Double) {
            self.from = from
            self.to = to
            self.gbPerS = gbPerS
        }
    }

    package let hosts: [Host]
    package let roads: [Road]
    /// The instruction set of all ranks.
    package let instructionSet: InstructionSet
    /// Whether `LOCKSTEP_THREADS` and `LOCKSTEP_INSTRUCTION_SET` are set.
    package let threadsAreForced, instructionSetIsForced: Bool
    /// `"Open MPI 4.1.4"`; nil without MPI.
    package let library: String?
    package let transports: Transports?
    /// Whether ranks that wait for messages yield the processor; nil if unknown.
    package let yields: Bool?

    package init(
        hosts: [Host], roads: [Road] = [], instructionSet: InstructionSet, threadsAreForced: Bool = false,
        instructionSetIsForced: Bool = false, library: String? = nil, transports: Transports? = nil, yields: Bool? = nil
    ) {
        self.hosts = hosts
        self.roads = roads
        self.instructionSet = instructionSet
        self.threadsAreForced = threadsAreForced
        self.instructionSetIsForced = instructionSetIsForced
        self.library = library
        self.transports = transports
        self.yields = yields
    }
}
