import LockstepLayers

/// How a model was compiled, as Keras's files say.
package struct TrainingConfiguration {
    package let optimizer: any Optimizer
    package let loss: any Loss
    package let metrics: [Metric]
    /// How the optimizer orders what it remembers.
    let order: OptimizerVariables.Order

    package init(optimizer: any Optimizer, loss: any Loss, metrics: [Metric]) {
        self.optimizer = optimizer
        self.loss = loss
        self.metrics = metrics
        order = .current
    }

    /// Reads a `compile_config` or a `training_config`; nil if the model was not compiled, or without a loss. How Keras computes, such as
    /// `jit_compile`, is passed over.
    ///
    /// - Throws: `FormatError.training` for what is not supported.
    init?(_ value: ConfigurationValue?, file: String) throws(FormatError) {
        guard let value, let optimizer = value["optimizer"] ?? value["optimizer_config"], optimizer != .null,
            let loss = value["loss"], loss != .null
        else { return nil }
        // Only older optimizers can have a decay.
        order = optimizer["config"]?["decay"] == nil ? .current : .legacy
        do throws(LayerError) {
            self.optimizer = try Optimizers.configured(optimizer)
            self.loss = try Losses.configured(loss)
            metrics = try Metric.configured(value["metrics"] ?? .null)
            for name in ["loss_weights", "weighted_metrics"] {
                guard let given = value[name], given != .null, given != [], given != [:] else { continue }
                throw .compiled(
                    "the training configuration", name: name, requirement: "null, for it is not supported",
                    received: String("\(given)".prefix(200)))
            }
        } catch {
            throw .training(file: file, error)
        }
    }

    /// What both of Keras 3's forms have.
    private func common() throws(LayerError) -> [String: ConfigurationValue] {
        [
            "loss": try Losses.configuration(of: loss), "loss_weights": .null, "metrics": .list(metrics.map(\.configurationValue)),
            "weighted_metrics": .null,
        ]
    }

    /// The `compile_config` of a `.keras` file.
    ///
    /// - Throws: `FormatError.training` for a program's own optimizer or loss.
    func compileConfiguration(file: String) throws(FormatError) -> ConfigurationValue {
        try describing(file) { () throws(LayerError) in
            var value = try common()
            value["optimizer"] = try Optimizers.configuration(of: optimizer)
            return .object(value)
        }
    }

    /// The `training_config` of an `.h5` file.
    ///
    /// - Throws: `FormatError.training` for a program's own optimizer or loss.
    func legacyConfiguration(file: String) throws(FormatError) -> ConfigurationValue {
        try describing(file) { () throws(LayerError) in
            var value = try common()
            value["optimizer_config"] = try Optimizers.configuration(of: optimizer)
            return .object(value)
        }
    }

    private func describing(
        _ file: String, _ body: () throws(LayerError) -> ConfigurationValue
    ) throws(FormatError) -> ConfigurationValue {
        do throws(LayerError) { return try body() } catch { throw .cannotWrite(file: file, reason: "\(error)") }
    }
}
