import ArgumentParser
import Lockstep

/// Writes a model in another format.
struct Convert: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a model in another format.",
        discussion: "lockstep convert keras2.json keras3.json")

    @Argument(help: "The model.") var from: String
    @Argument(help: "The file to write; what its name ends in tells the format.") var to: String

    func run() {
        Job.run { try Job.once { try writeModel(openModel(from), to: to) } }
    }
}
