import ArgumentParser
import Lockstep

/// The command line.
struct LockstepCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lockstep",
        abstract: "Data-parallel training of Keras-style models over Open MPI.",
        discussion: "Works alone and on several ranks: launch/run -n 4 lockstep doctor",
        subcommands: [Doctor.self, Bench.self])
}

LockstepCommand.main()
