import LockstepCompute
import LockstepLayers

extension Model {
    /// Compiles a model that has not trained since it was loaded. A part that is not given comes from the file, or else
    /// from Keras's defaults. An optimizer that is not given keeps its state, unless other weights train than before.
    ///
    /// - Throws: `TrainingError.notCompiled` if there is no loss, and as `compile`.
    package func recompile(
        optimizer: (any Optimizer)?, loss: (any Loss)?, metrics: [Metric]?, weightedMetrics: [Metric]? = nil
    ) throws {
        let memory = optimizer == nil ? rememberedMemory : nil
        func trainable() throws -> [Bool] { try memory == nil ? [] : build().graph.weights.map(\.isTrainable) }
        let before = try trainable()
        let optimizer: any Optimizer =
            optimizer ?? compilation?.optimizer ?? compilationWithoutLoss?.optimizer ?? RMSprop()
        let exchange = compilation?.exchange ?? ExchangeOptions()
        if loss == nil, metrics == nil, weightedMetrics == nil, let scoredOutputs = compilation?.scoredOutputs {
            try compile(optimizer: optimizer, scoredOutputs: scoredOutputs, exchange: exchange)
        } else {
            guard let loss = loss ?? self.loss else { throw TrainingError.notCompiled(call: "training") }
            let metrics = metrics ?? (compilation == nil ? compilationWithoutLoss?.metrics ?? [] : self.metrics)
            let weighted =
                weightedMetrics
                ?? (compilation == nil ? compilationWithoutLoss?.weightedMetrics ?? [] : self.weightedMetrics)
            try compile(
                optimizer: optimizer, loss: loss, metrics: metrics, weightedMetrics: weighted, exchange: exchange)
        }
        if let memory, try trainable() == before { setTrainingMemory(memory) }
    }

    /// Replaces the learning rate of a model that has not trained since it was loaded: a number or a schedule. The
    /// optimizer keeps its state.
    ///
    /// - Throws: `LayerError.optimizer` for a rate out of range, `TrainingError.notCompiled`.
    package func replaceLearningRate(_ rate: LearningRate) throws {
        try changeOptions(call: "replaceLearningRate") { $0.learningRate = rate }
    }

    /// Excludes weights from the decay of a model that has not trained since it was loaded, by patterns for their
    /// names. The optimizer keeps its state.
    ///
    /// - Throws: `LayerError.compiled` for what is no regular expression, `TrainingError.notCompiled`.
    package func excludeFromWeightDecay(_ patterns: [String]) throws {
        try changeOptions(call: "excludeFromWeightDecay") { $0.excludedFromWeightDecay = patterns }
    }

    private func changeOptions(call: String, _ change: (inout OptimizerOptions) -> Void) throws {
        guard let compilation else { throw TrainingError.notCompiled(call: call) }
        let memory = rememberedMemory
        var optimizer = compilation.optimizer
        change(&optimizer.options)
        try compile(optimizer: optimizer, scoredOutputs: compilation.scoredOutputs, exchange: compilation.exchange)
        if let memory { setTrainingMemory(memory) }
    }

    /// The names of the weights that train, without those of their layers; nil if they are not known before the data.
    package var trainedNames: [String]? {
        get throws {
            guard knowsInputShape || isBuilt else { return nil }
            return Set(try build().graph.weights.filter(\.isTrainable).map(\.name)).sorted()
        }
    }

    /// The names of the outputs that take targets, in the model's order.
    package var targetNames: [String] {
        get throws { try compilation?.targetNames ?? outputNames }
    }

    /// Checks that targets suit the loss and the metrics of an output.
    ///
    /// - Parameters:
    ///   - index: which of the outputs with a loss.
    ///   - inputs: of the model; they have been checked.
    /// - Throws: `TrainingError.notCompiled`, `TrainingError.targets`, `TrainingError.metric`.
    package func check(targets: Tensor, of index: Int, inputs: [Tensor]) throws {
        guard let scoredOutputs = compilation?.scoredOutputs else {
            throw TrainingError.notCompiled(call: "check(targets:of:inputs:)")
        }
        let scoredOutput = scoredOutputs[index]
        let outputs = try outputShapes(for: inputs.map(DataSet.rowShape))[scoredOutput.output]
        let row = try scoredOutput.row(of: targets.shape, outputs: outputs)
        try scoredOutput.check(targets, outputs: outputs)
        for metric in scoredOutput.metrics + scoredOutput.weightedMetrics {
            _ = try scoredOutput.function(of: metric, outputs: outputs, targetRow: row)
        }
    }
}
