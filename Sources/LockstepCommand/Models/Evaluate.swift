import ArgumentParser
import Lockstep
import LockstepArguments

/// Prints the loss and the metrics of a model.
struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the loss and the metrics of a model on some samples, a line each.",
        discussion: """
              lockstep evaluate model.keras --x x.npy --y y.npy
              launch/run -n 4 lockstep evaluate model.keras --x x.npy --y y.npy --json
            """)

    @OptionGroup var model: ModelArguments
    @OptionGroup var inputs: InputArguments
    @Option(help: ArgumentHelp("The targets, [samples, …], class numbers or as the loss takes them: files as of --x.", valueName: "file"))
    var y: String
    @OptionGroup var losses: LossArguments
    @Option(parsing: .unconditional, help: "Samples a step, of all ranks together.") var batchSize = 32
    @Flag(help: "Print one JSON object, name to number.") var json = false

    func validate() throws {
        try model.checkWeights()
        try checkCounts(("--batch-size", batchSize))
    }

    func run() {
        Job.run {
            let model = try losses.open(model, trains: false)
            let (x, y) = try onEveryRank { try inputs.read(inputs.x, self.y, for: model, from: self.model.file) }
            let scores = try model.evaluate(x, y, batchSize: batchSize, verbose: 0)
            let lines = zip(scores.names, scores.values).map { json ? "\"\($0)\": \($1)" : "\($0): \($1)" }
            Job.print(json ? "{\(lines.joined(separator: ", "))}" : lines.joined(separator: "\n"))
        }
    }
}
