import ArgumentParser
import Lockstep

/// Reports how a job would run, how fast it is, and what to improve.
struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Report how a program that is started like this would run, how fast, and what to improve.",
        discussion: """
            Prints MPI and its transports, the hosts with their ranks, threads and cores, memory, the latency and bandwidth between ranks, \
            and better command lines. Takes a second or two. \
            LOCKSTEP_INSTRUCTION_SET forces a slower instruction set, LOCKSTEP_THREADS the threads of each rank.
            """)

    @Flag(help: "Write one JSON object.") var json = false

    func run() throws {
        Job.run {
            let examination = try Examination(Job.communicator())
            Job.print(json ? try jsonLine(examination) : examination.page)
        }
    }
}
