import LockstepCluster
import LockstepCompute

/// The means of computation: this rank's threads and instruction set, and the communicator.
package final class Backend {
    package let communicator: any Communicator
    package let crew: Crew
    /// One line for the user, as Keras used to say `Using TensorFlow backend.`
    let summary: String
    /// Whether the ranks of this host have more threads than cores.
    package let isOversubscribed: Bool
    private var isAnnounced = false

    /// Collective: ranks exchange where they run. Ranks that share cores divide them equally, and all ranks use the
    /// lowest instruction set among them. Different library versions, or different requested instruction sets, are an
    /// error.
    ///
    /// - Parameter givenThreads: the number of threads of each rank; nil divides the cores.
    init(_ communicator: any Communicator, threads givenThreads: Int? = nil) throws {
        self.communicator = communicator
        let coordinator = Coordinator(communicator: communicator)
        let processors = Processors.allowed()
        let own = try coordinator.agree {
            Presence(
                host: communicator.host, processors: processors, set: try .selected(), wish: InstructionSet.wish ?? "")
        }
        var writer = WireWriter()
        own.write(to: &writer)
        var all: [Presence] = []
        for bytes in try communicator.shareAll(writer.bytes) {
            var reader = WireReader(bytes)
            all.append(try Presence(from: &reader))
        }
        let disagreement = Disagreement(communicator: communicator, hosts: all.map(\.host))
        try disagreement.check("library version", same: all.map { $0.version == all[0].version }, value: own.version)
        try disagreement.check("LOCKSTEP_INSTRUCTION_SET", same: all.map { $0.wish == all[0].wish }, value: own.wish)
        let neighbours = all.filter { $0.host == own.host }
        let sharing = neighbours.filter { $0.processors.overlaps(processors) }.count
        let threads = try coordinator.agree {
            try givenThreads ?? processors.threads(sharing: sharing, onHost: neighbours.count)
        }
        let cores = Set(neighbours.flatMap(\.processors.list)).count
        isOversubscribed = neighbours.count * threads > cores
        let set = InstructionSet.common(all.map(\.set))
        crew = try coordinator.agree { try Crew(threads: threads, instructionSet: set) }

        var hosts: [(name: String, ranks: Int)] = []
        for presence in all {
            if let index = hosts.firstIndex(where: { $0.name == presence.host }) {
                hosts[index].ranks += 1
            } else {
                hosts.append((presence.host, 1))
            }
        }
        let ranks = "\(all.count) rank\(all.count == 1 ? "" : "s") × \(threads) thread\(threads == 1 ? "" : "s")"
        let carrier = communicator.library ?? "no MPI"
        summary =
            "Using Lockstep: \(set.rawValue), \(ranks), \(carrier), "
            + hosts.map { $0.ranks == 1 ? $0.name : "\($0.name) ×\($0.ranks)" }.joined(separator: ", ")
    }

    /// Prints the summary once.
    func announce(verbose: Int) {
        guard verbose > 0, !isAnnounced else { return }
        isAnnounced = true
        Coordinator(communicator: communicator).report { Terminal.write(summary + "\n") }
    }

    /// Where a rank runs.
    private struct Presence: Transferable {
        let host: String
        let processors: Processors
        let set: InstructionSet
        /// The instruction set that the environment requests; empty if none.
        let wish: String
        let version: String

        init(host: String, processors: Processors, set: InstructionSet, wish: String) {
            self.host = host
            self.processors = processors
            self.set = set
            self.wish = wish
            version = lockstepVersion
        }

        func write(to writer: inout WireWriter) {
            writer.write(host)
            writer.write(processors.mask) { $0.write($1) }
            writer.write(set.rawValue)
            writer.write(wish)
            writer.write(version)
        }

        init(from reader: inout WireReader) throws(ClusterError) {
            host = try reader.readString()
            let mask = try reader.readArray { reader throws(ClusterError) in try reader.readUInt64() }
            processors = Processors(mask: mask ?? [], quota: nil)
            guard let set = InstructionSet(rawValue: try reader.readString()) else {
                throw .malformedMessage(expected: "an instruction set")
            }
            self.set = set
            wish = try reader.readString()
            version = try reader.readString()
        }
    }
}
