import ArgumentParser
import Lockstep
import LockstepArguments

/// Writes the outputs of a model.
struct Predict: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write the outputs of a model for some inputs.",
        discussion: """
              lockstep predict model.keras --x x.npy --output predictions.npy
              launch/run -n 4 lockstep predict model.keras --scale 255 \\
                --x t10k-images-idx3-ubyte.gz --output predictions.npy

              lockstep predict model.keras --x x.npy --layer hidden --output features.npy

            The outputs, [samples, …], are in the order of the inputs, and have the same bits on any number of ranks and threads.
            """)

    @OptionGroup var model: ModelArguments
    @OptionGroup var inputs: InputArguments
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("The file for the outputs: .npy, or .npz for several, with their names.", valueName: "file"))
    var output: String
    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "The outputs of an inner layer in place of the model's, or of a layer of a model within it: base/conv1. Several times for several.",
            valueName: "name"))
    var layer: [String] = []
    @Option(parsing: .unconditional, help: "Samples in a step, of all ranks together.") var batchSize = 32

    func validate() throws {
        try model.checkWeights()
        guard output.hasSuffix(".npy") || output.hasSuffix(".npz") else {
            throw ValidationError("--output must end in .npy or .npz, received: \(output)")
        }
        try checkCounts(("--batch-size", batchSize))
    }

    func run() {
        Job.run {
            try checkWritable(output)
            let model = try innerModel(try model.open())
            let x = try onEveryRank { try inputs.read(inputs.x, for: model, from: self.model.file) }
            let names = try model.outputNames
            guard output.hasSuffix(".npz") || names.count == 1 else {
                throw CommandError.severalOutputs(file: output, names: names)
            }
            let outputs = try model.predictOutputs(x, batchSize: batchSize)
            try Job.once {
                if output.hasSuffix(".npz") {
                    try Npz.write(Dictionary(zip(names, outputs)) { first, _ in first }, to: output)
                } else {
                    try Npy.write(outputs[0], to: output)
                }
            }
        }
    }

    /// The model that ends at the chosen layers; the model itself if none is chosen.
    private func innerModel(_ model: Model) throws -> Model {
        guard !layer.isEmpty else { return model }
        return try onEveryRank {
            try Model(inputs: model.inputs, outputs: layer.map { try model.output(ofLayer: $0) })
        }
    }
}
