import ArgumentParser
import Lockstep

/// Prints the layers of a model.
struct Summary: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the layers of a model with their shapes and numbers of parameters.",
        discussion: "  lockstep summary model.keras")

    @Argument(help: ArgumentHelp("The model: \(ModelArguments.formats).", valueName: "model")) var model: String

    func run() {
        Job.run { try loadModel(model).summary() }
    }
}
