import ArgumentParser
import Lockstep

/// Tells what would compute.
struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tell what a program started like this would compute with.",
        discussion: """
            Prints the instruction set, the ranks and their threads, MPI and the hosts, and for each rank the processors it may use. \
            LOCKSTEP_INSTRUCTION_SET forces a slower instruction set, LOCKSTEP_THREADS the threads of each rank.
            """)

    func run() throws { Job.run(examine) }

    private func examine() throws {
        let summary = try Job.summary()
        let communicator = try Job.communicator()
        let processors = Processors.allowed()
        let own =
            "rank \(communicator.rank) on \(communicator.host): \(processors.count) processors"
            + (processors.quota.map { ", of whose time its control group grants \($0)" } ?? "")
        let all = try communicator.shareAll(Array(own.utf8)).map { String(decoding: $0, as: UTF8.self) }
        Job.print(summary)
        Job.print("Instruction sets here:", InstructionSet.available.map(\.rawValue).joined(separator: ", "))
        for line in all { Job.print(line) }
    }
}
