import ArgumentParser
import Lockstep

/// A model in files.
struct ModelArguments: ParsableArguments {
    static let formats = ".keras, .h5 (of Keras 3, 2 or 1), or the architecture in .json"

    @Argument(help: ArgumentHelp("The model: \(formats).", valueName: "model")) var file: String
    @Option(
        help: ArgumentHelp(
            "Weights to load into the model: .weights.h5, .safetensors, .keras or .h5.", valueName: "file"))
    var weights: String?

    /// - Throws: `ValidationError` for a file with only an architecture.
    func checkWeights() throws {
        guard weights == nil, file.lowercased().hasSuffix(".json") else { return }
        throw ValidationError("\(file) holds an architecture without weights; give them with --weights")
    }

    /// Collective: reads the model.
    ///
    /// - Parameters:
    ///   - needing: the parts of the file's compilation that must be supported. An option can replace each of them.
    ///   - reporting: the parts that may be unsupported; a warning names each.
    ///   - seed: the seed of initial weights, shuffles and dropout; nil draws one.
    func open(
        needing: Set<CompilationPart> = [], reporting: Set<CompilationPart> = Set(CompilationPart.allCases),
        seed: UInt64? = nil
    ) throws -> Model {
        let model = try loadModel(file, needing: needing, reporting: reporting, hasWeightsOption: true, seed: seed)
        if let weights { try model.loadWeights(weights) }
        return model
    }
}

/// Collective: reads a model. Errors advise options of the command.
func loadModel(
    _ file: String, needing: Set<CompilationPart> = [], reporting: Set<CompilationPart> = Set(CompilationPart.allCases),
    hasWeightsOption: Bool = false, seed: UInt64? = nil
) throws -> Model {
    do {
        return try Model.load(file, needing: needing, reporting: reporting, seed: seed)
    } catch FormatError.training(_, let part, let error) {
        throw CommandError.training(model: file, part, error)
    } catch FormatError.model(let file, let error) where error.isOfPython {
        throw CommandError.ofPython(model: file, error)
    } catch FormatError.weightsAlone(let file) {
        throw CommandError.weightsAlone(file: file, hasOption: hasWeightsOption)
    }
}

/// Collective: writes a model in the format of the file name's ending.
func write(_ model: Model, to file: String) throws {
    if try ModelFormat(file).isModel { try model.save(file) } else { try model.saveWeights(file) }
}

/// Collective: runs the body on every rank. A failure on any rank is an error on all ranks.
func onEveryRank<Value>(_ body: () throws -> Value) throws -> Value {
    try Coordinator(communicator: try Job.communicator()).agree(body)
}

/// Collective: checks that files can be written, before their content is computed.
func checkWritable(_ files: String?...) throws {
    try Job.once { for file in files.compactMap({ $0 }) { try FileBytes.checkWritable(file) } }
}
