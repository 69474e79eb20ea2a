import LockstepLayers

/// How a model was compiled, as Keras's files say, as far as it is supported.
package struct TrainingConfiguration {
    /// Nil where it is not supported.
    package let optimizer: (any Optimizer)?
    /// Nil where there is none, or it is not supported.
    package let loss: (any Loss)?
    package let metrics: [Metric]
    /// What is not supported, and so is not in the rest.
    package let unsupported: [(part: CompilationPart, error: LayerError)]
    /// How the optimizer orders what it remembers.
    let order: OptimizerVariables.Order

    package init(optimizer: any Optimizer, loss: (any Loss)?, metrics: [Metric]) {
        self.optimizer = optimizer
        self.loss = loss
        self.metrics = metrics
        unsupported = []
        order = .current
    }

    /// What goes on otherwise than in the Keras that wrote the file; nil if nothing does.
    package var difference: String? {
        guard order == .legacy, let rmsprop = optimizer as? RMSprop, rmsprop.momentum == 0 else { return nil }
        return "RMSprop without momentum adds epsilon to the root in Keras before 2.11, and to what is under the root since, as here"
    }

    /// Reads a `compile_config` or a `training_config`; nil if the model was not compiled. How Keras computes, such as `jit_compile`, is
    /// passed over.
    init?(_ value: ConfigurationValue?) {
        guard let value, let optimizer = value["optimizer"] ?? value["optimizer_config"], optimizer != .null else { return nil }
        var unsupported: [(part: CompilationPart, error: LayerError)] = []
        func attempt<Value>(_ part: CompilationPart, _ body: () throws(LayerError) -> Value) -> Value? {
            do throws(LayerError) { return try body() } catch {
                unsupported.append((part, error))
                return nil
            }
        }
        // Only older optimizers can have a decay.
        order = optimizer["config"]?["decay"] == nil ? .current : .legacy
        let configured = attempt(.optimizer) { () throws(LayerError) in try Optimizers.configured(optimizer) }
        for error in configured?.unsupported ?? [] { unsupported.append((.optimizer, error)) }
        self.optimizer = configured?.optimizer
        let loss = value["loss"] ?? .null
        self.loss = loss == .null ? nil : attempt(.loss) { () throws(LayerError) in try Losses.configured(loss) }
        let metrics = Metric.configured(value["metrics"] ?? .null)
        self.metrics = metrics.metrics
        unsupported += metrics.unsupported.map { (.metrics, $0) }
        for (name, part) in [("loss_weights", CompilationPart.loss), ("weighted_metrics", .metrics)] {
            guard let given = value[name], given != .null, given != [], given != [:] else { continue }
            let error = LayerError.compiled(
                "the training configuration", name: name, requirement: "null, for it is not supported",
                received: String("\(given)".prefix(200)))
            unsupported.append((part, error))
        }
        self.unsupported = unsupported
    }

    /// The `compile_config` of a `.keras` file.
    ///
    /// - Throws: `FormatError.cannotWrite` for a program's own optimizer or loss.
    func compileConfiguration(file: String) throws(FormatError) -> ConfigurationValue { try value("optimizer", file: file) }

    /// The `training_config` of an `.h5` file.
    ///
    /// - Throws: `FormatError.cannotWrite` for a program's own optimizer or loss.
    func legacyConfiguration(file: String) throws(FormatError) -> ConfigurationValue { try value("optimizer_config", file: file) }

    /// - Parameter optimizerName: that of the optimizer, which differs between the two forms.
    private func value(_ optimizerName: String, file: String) throws(FormatError) -> ConfigurationValue {
        do throws(LayerError) {
            var value: [String: ConfigurationValue] = [
                "loss_weights": .null, "metrics": .list(metrics.map(\.configurationValue)), "weighted_metrics": .null,
            ]
            value["loss"] = if let loss { try Losses.configuration(of: loss) } else { .null }
            value[optimizerName] = if let optimizer { try Optimizers.configuration(of: optimizer) } else { .null }
            return .object(value)
        } catch {
            throw .cannotWrite(file: file, reason: "\(error)")
        }
    }
}
