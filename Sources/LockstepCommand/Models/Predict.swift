import ArgumentParser
import Lockstep

/// Writes what a model puts out.
struct Predict: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write what a model puts out for some inputs.",
        discussion: """
            lockstep predict model.json --x x.npy --output predictions.npy

            The outputs, [samples, …], are in the order of the inputs, and the same to the bit on any number of ranks and threads.
            """)

    @Argument(help: "The model.") var model: String
    @Option(help: ArgumentHelp("The inputs, [samples, …]: .npy, .npz:KEY, .csv or .csv.gz.", valueName: "file")) var x: String
    @Option(name: .shortAndLong, help: ArgumentHelp("The file for the outputs, .npy.", valueName: "file")) var output: String
    @Option(help: "Samples a step, of all ranks together.") var batchSize = 32

    func validate() throws {
        guard output.hasSuffix(".npy") else { throw ValidationError("--output must end in .npy, received: \(output)") }
        guard batchSize > 0 else { throw ValidationError("--batch-size must be 1 or more, received: \(batchSize)") }
    }

    func run() {
        Job.run {
            let (model, x) = try onEveryRank { (try openModel(self.model), try DataFile.read(self.x)) }
            let outputs = try model.predict(x, batchSize: batchSize)
            try Job.once { try Npy.write(outputs, to: output) }
        }
    }
}
