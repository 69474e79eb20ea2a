import Lockstep

/// What is known of a job and the hosts it runs on.
package struct Survey {
    package struct Host {
        package let name: String
        package let placement: Placement
        /// The fastest instruction set it has.
        package let instructionSet: InstructionSet
        /// GFLOP/s of multiply-adds that a core makes.
        package let gflops: Double
        /// Free bytes of `/dev/shm`, where there is one.
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

    /// Two hosts, and GB/s of large messages between them.
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
    /// The one that all ranks compute with.
    package let instructionSet: InstructionSet
    /// `LOCKSTEP_THREADS` and `LOCKSTEP_INSTRUCTION_SET` are set.
    package let threadsAreForced, instructionSetIsForced: Bool
    /// `"Open MPI 4.1.4"`; nil without MPI.
    package let library: String?
    package let transports: Transports?
    /// Whether ranks that wait for messages let others run; nil if that is not known.
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
