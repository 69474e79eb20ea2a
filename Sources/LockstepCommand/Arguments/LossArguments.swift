import ArgumentParser
import Lockstep

/// The loss and the metrics of a model.
struct LossArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The loss, by Keras's name; by default the model file's: mse, binary_crossentropy, "
                + "sparse_categorical_crossentropy, huber and all others of keras.losses but circle."),
        transform: { try Losses.named($0) })
    var loss: (any Loss)?
    @Option(
        help: ArgumentHelp(
            "Metrics, by Keras's names such as accuracy,auc; by default the model file's.", valueName: "names"),
        transform: metricsNamed)
    var metrics: [Metric]?
    @Option(
        help: ArgumentHelp(
            "Metrics that count samples by --sample-weight and --class-weight; by default the model file's.",
            valueName: "names"),
        transform: metricsNamed)
    var weightedMetrics: [Metric]?

    /// Collective: reads a model and compiles it with the given options; the file decides the rest.
    ///
    /// - Parameters:
    ///   - trains: if true, the file's optimizer and metrics must be supported, unless options replace them.
    ///   - freezing: which layers to freeze; nil leaves it to the file.
    func open(
        _ file: ModelArguments, trains: Bool, optimizer: (any Optimizer)? = nil, seed: UInt64? = nil,
        freezing: FreezeArguments? = nil
    ) throws -> Model {
        let isGiven: [CompilationPart: Bool] = [
            .optimizer: optimizer != nil, .loss: loss != nil, .metrics: metrics != nil,
        ]
        let wanted = Set(CompilationPart.allCases.filter { isGiven[$0] == false })
        let needed = trains ? wanted : wanted.intersection([.loss])
        let model = try file.open(needing: needed, reporting: wanted, seed: seed)
        guard loss != nil || model.loss != nil else { throw CommandError.notCompiled(model: file.file) }
        try onEveryRank {
            try freezing?.apply(to: model)
            try model.recompile(
                optimizer: optimizer, loss: loss, metrics: metrics, weightedMetrics: weightedMetrics)
        }
        return model
    }
}

/// Metrics from their names, with commas.
private func metricsNamed(_ names: String) throws -> [Metric] {
    try names.split(separator: ",").map { try Metric.named(String($0)) }
}
