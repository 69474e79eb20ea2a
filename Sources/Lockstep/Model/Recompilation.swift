import LockstepCompute
import LockstepLayers

extension Model {
    /// Compiles a model that has not trained since it was loaded with what is given, and with what its file says of the rest, or Keras's
    /// defaults. An optimizer that is not given keeps what it remembers.
    ///
    /// - Throws: `TrainingError.notCompiled` if there is no loss, and as `compile`.
    package func recompile(optimizer: (any Optimizer)?, loss: (any Loss)?, metrics: [Metric]?) throws {
        guard let loss = loss ?? compilation?.loss else { throw TrainingError.notCompiled(call: "training") }
        let memory = optimizer == nil ? rememberedMemory : nil
        let optimizer: any Optimizer = optimizer ?? compilation?.optimizer ?? compilationWithoutLoss?.optimizer ?? RMSprop()
        try compile(
            optimizer: optimizer, loss: loss, metrics: metrics ?? compilation?.metrics ?? compilationWithoutLoss?.metrics ?? [],
            exchange: compilation?.exchange ?? ExchangeOptions())
        if let memory { setTrainingMemory(memory) }
    }

    /// Checks that targets suit the loss and the metrics.
    ///
    /// - Throws: `TrainingError.notCompiled`, `TrainingError.targets`, `TrainingError.metric`.
    package func check(targets: Tensor) throws {
        guard let compilation else { throw TrainingError.notCompiled(call: "check(targets:)") }
        _ = try compilation.functions(outputs: outputShape, targets: targets)
    }
}
