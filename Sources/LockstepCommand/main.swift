import ArgumentParser
import Lockstep

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The command line.
struct LockstepCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lockstep",
        abstract: "Data-parallel training of Keras-style models over Open MPI.",
        discussion: """
              lockstep train model.keras --x x.npy --y y.npy --output trained.keras
              launch/run -n 4 lockstep evaluate trained.keras --x x.npy --y y.npy

            Every command works alone and on several ranks, and prints and writes once for all of them. \
            It ends with 0 if all went well, 64 if its arguments are wrong, 1 if anything else is.
            """,
        subcommands: [
            Train.self, Evaluate.self, Predict.self, Summary.self, Convert.self, PlotHistories.self, Doctor.self, Bench.self,
        ])
}

do {
    var command = try LockstepCommand.parseAsRoot()
    try command.run()
} catch {
    // All ranks were given the same arguments, so the first tells for all what is wrong with them. mpirun ends the others when it has, and
    // would end it if they were faster.
    if let rank = getenv("OMPI_COMM_WORLD_RANK") ?? getenv("PMIX_RANK"), String(cString: rank) != "0" {
        let status = LockstepCommand.exitCode(for: error).rawValue
        if status != 0 { sleep(5) }
        exit(status)
    }
    LockstepCommand.exit(withError: error)
}
