import ArgumentParser
import LockstepArguments

/// The command line.
struct LockstepCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lockstep",
        abstract: "Data-parallel training of Keras-style models over Open MPI.",
        discussion: """
              lockstep train model.keras --x x.npy --y y.npy --output trained.keras
              launch/run -n 4 lockstep evaluate trained.keras --x x.npy --y y.npy

            Every command works alone and on several ranks, and prints and writes once for all of them. \
            The exit status is 0 for success, 64 for wrong arguments, 130, 143 or 129 after SIGINT, SIGTERM or SIGHUP, \
            and 1 if anything else is wrong, such as standard output that could not be written.
            """,
        subcommands: [
            Train.self, Evaluate.self, Predict.self, Summary.self, Convert.self, PlotHistories.self, Doctor.self,
            Bench.self,
        ])
}

LockstepCommand.start()
