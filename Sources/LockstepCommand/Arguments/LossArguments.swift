import ArgumentParser
import Lockstep

/// What is reported of a model.
struct LossArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The loss, by Keras's name; by default that of the model's file. There are mse, mae, binary_crossentropy, "
                + "categorical_crossentropy and sparse_categorical_crossentropy."),
        transform: { try Losses.named($0) })
    var loss: (any Loss)?
    @Option(
        help: ArgumentHelp("Metrics, by Keras's names such as accuracy,mae; by default those of the model's file.", valueName: "names"),
        transform: { try $0.split(separator: ",").map { try Metric.named(String($0)) } })
    var metrics: [Metric]?

    /// Collective: reads a model and compiles it with what was given, and with what its file says of the rest.
    func open(_ file: ModelArguments, optimizer: (any Optimizer)? = nil, seed: UInt64? = nil) throws -> Model {
        var model: Model
        do {
            model = try file.open(compiled: true, seed: seed)
        } catch FormatError.training(_, let error) {
            guard loss != nil, optimizer != nil else { throw CommandError.training(model: file.file, error) }
            model = try file.open(compiled: false, seed: seed)
        }
        guard loss != nil || model.loss != nil else { throw CommandError.notCompiled(model: file.file) }
        try onEveryRank { try model.recompile(optimizer: optimizer, loss: loss, metrics: metrics) }
        return model
    }
}
