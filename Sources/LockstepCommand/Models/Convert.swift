import ArgumentParser
import Lockstep
import LockstepArguments

/// Writes a model in another format.
struct Convert: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a model in another of Keras's formats, or only its weights or its architecture.",
        discussion: """
              lockstep convert old.h5 new.keras
              lockstep convert new.keras weights.safetensors
              lockstep convert new.keras architecture.json
              lockstep convert architecture.json again.keras --weights weights.safetensors

            From .keras and .h5 to .keras and .h5, the compilation and the optimizer's state are kept. Unsupported parts are left out, \
            supported of it is left out, a warning for each thing.
            """)

    @OptionGroup var model: ModelArguments
    @Argument(
        help: ArgumentHelp(
            "The file to write: .keras or .h5 for everything, .json for the architecture, .weights.h5 or .safetensors for the weights.",
            valueName: "output"))
    var output: String
    @Flag(help: "Leave out how the model was compiled.") var uncompiled = false

    func validate() throws {
        let format = try usage { try ModelFormat(output) }
        if format != .json { try model.checkWeights() }
    }

    func run() {
        Job.run {
            try checkWritable(output)
            let holdsCompilation = try [.keras, .legacy].contains(ModelFormat(output))
            let parts = uncompiled || !holdsCompilation ? [] : Set(CompilationPart.allCases)
            try write(try model.open(reporting: parts), to: output)
        }
    }
}
