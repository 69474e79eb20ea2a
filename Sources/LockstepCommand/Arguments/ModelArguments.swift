import ArgumentParser
import Lockstep

/// A model in files.
struct ModelArguments: ParsableArguments {
    static let formats = ".keras, .h5 (of Keras 3 or 2), or the architecture in .json"

    @Argument(help: ArgumentHelp("The model: \(formats).", valueName: "model")) var file: String
    @Option(help: ArgumentHelp("Weights to put into it: .weights.h5, .safetensors, .keras or .h5.", valueName: "file"))
    var weights: String?

    /// - Throws: `ValidationError` for a file of the architecture alone.
    func checkWeights() throws {
        guard weights == nil, file.lowercased().hasSuffix(".json") else { return }
        throw ValidationError("\(file) holds an architecture without weights; give them with --weights")
    }

    /// Collective: reads the model.
    ///
    /// - Parameters:
    ///   - needing: the parts of how its file says it was compiled that must be supported, each of which an option can
    ///     replace.
    ///   - reporting: the parts that need not be, and which a warning names if they are not.
    ///   - seed: keys initial weights, shuffles and dropout; nil draws one.
    func open(
        needing: Set<CompilationPart> = [], reporting: Set<CompilationPart> = Set(CompilationPart.allCases),
        seed: UInt64? = nil
    ) throws -> Model {
        let model = try loadModel(file, needing: needing, reporting: reporting, hasWeightsOption: true, seed: seed)
        if let weights { try model.loadWeights(weights) }
        return model
    }
}

/// Collective: reads a model; errors advise options of the command.
func loadModel(
    _ file: String, needing: Set<CompilationPart> = [], reporting: Set<CompilationPart> = Set(CompilationPart.allCases),
    hasWeightsOption: Bool = false, seed: UInt64? = nil
) throws -> Model {
    do {
        return try Model.load(file, needing: needing, reporting: reporting, seed: seed)
    } catch FormatError.training(_, let part, let error) {
        throw CommandError.training(model: file, part, error)
    } catch FormatError.weightsAlone(let file) {
        throw CommandError.weightsAlone(file: file, hasOption: hasWeightsOption)
    }
}

/// Collective: writes a model to a file of the form that its name tells.
func write(_ model: Model, to file: String) throws {
    if try ModelFormat(file).isModel { try model.save(file) } else { try model.saveWeights(file) }
}

/// Collective: runs the body on every rank; if it fails on any, that is an error on all.
func onEveryRank<Value>(_ body: () throws -> Value) throws -> Value {
    try Coordinator(communicator: try Job.communicator()).agree(body)
}

/// Collective: checks that files can be written, before what is to be written is computed.
func checkWritable(_ files: String?...) throws {
    try Job.once { for file in files.compactMap({ $0 }) { try FileBytes.checkWritable(file) } }
}
