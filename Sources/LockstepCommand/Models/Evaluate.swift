import ArgumentParser
import Lockstep
import LockstepArguments

/// Prints the loss and the metrics of a model.
struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the loss and the metrics of a model on some samples, one on each line.",
        discussion: """
              lockstep evaluate model.keras --x x.npy --y y.npy
              launch/run -n 4 lockstep evaluate model.keras --x x.npy --y y.npy --json
            """)

    @OptionGroup var model: ModelArguments
    @OptionGroup var inputs: InputArguments
    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "The targets, [samples, …]; \(InputArguments.several): \(InputArguments.targets).", valueName: "file"))
    var y: [String]
    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "The weights of the samples in the loss, [samples]; of several outputs one file for all, or one for each as for --y.",
            valueName: "file"))
    var sampleWeight: [String] = []
    @OptionGroup var losses: LossArguments
    @Option(parsing: .unconditional, help: "Samples in a step, of all ranks together.") var batchSize = 32
    @Flag(help: "Print one JSON object from names to numbers; numbers that are not finite are null.") var json = false

    func validate() throws {
        try model.checkWeights()
        try checkCounts(("--batch-size", batchSize))
    }

    func run() {
        Job.run {
            let model = try losses.open(model, trains: false)
            let samples = try onEveryRank {
                let classes = try self.model.classes()
                let samples = try inputs.read(inputs.x, y, for: model, from: self.model.file, classes: classes)
                try samples.classes?.checkAll(y[0], for: model, classes, beside: self.model)
                samples.classes?.tell(y[0], classes)
                return samples
            }
            let weights = try onEveryRank { try inputs.weights(sampleWeight, of: samples, for: model) }
            let scores = try model.evaluate(
                samples.x, samples.y, sampleWeight: weights, batchSize: batchSize, verbose: 0)
            let lines = zip(scores.names, scores.values).map { name, value in
                json ? "\"\(name)\": \(value.isFinite ? "\(value)" : "null")" : "\(name): \(value)"
            }
            Job.print(json ? "{\(lines.joined(separator: ", "))}" : lines.joined(separator: "\n"))
        }
    }
}
