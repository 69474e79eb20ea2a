import LockstepLayers

/// The compilation of a model in Keras's files, as far as it is supported.
package struct TrainingConfiguration {
    /// Nil if it is not supported.
    package let optimizer: (any Optimizer)?
    /// The outputs, in the model's order.
    package let outputs: [OutputTraining]
    /// The unsupported parts, which are missing in the other properties.
    package let unsupported: [(part: CompilationPart, error: LayerError)]
    /// The order of the optimizer's variables.
    let order: OptimizerVariables.Order

    package init(optimizer: any Optimizer, outputs: [OutputTraining]) {
        self.optimizer = optimizer
        self.outputs = outputs
        unsupported = []
        order = .current
    }

    /// Whether some output has a loss.
    package var hasLoss: Bool { outputs.contains { $0.loss != nil } }
    package var metrics: [Metric] { outputs.flatMap(\.metrics) }
    package var weightedMetrics: [Metric] { outputs.flatMap(\.weightedMetrics) }

    /// The difference in further training from the Keras that wrote the file; nil if there is none.
    package var difference: String? {
        guard order == .legacy, let rmsprop = optimizer as? RMSprop, rmsprop.momentum == 0 else { return nil }
        return
            "RMSprop without momentum adds epsilon to the root in Keras before 2.11, and to what is under the root since, as here"
    }

    /// Reads a `compile_config` or a `training_config`; nil if the model was not compiled. Settings of how Keras
    /// computes, such as `jit_compile`, are skipped.
    ///
    /// - Parameter names: the names of the model's outputs.
    init?(_ value: ConfigurationValue?, outputs names: [String]) {
        guard let value, let optimizer = value["optimizer"] ?? value["optimizer_config"], optimizer != .null else {
            return nil
        }
        var unsupported: [(part: CompilationPart, error: LayerError)] = []
        func attempt<Value>(_ part: CompilationPart, _ body: () throws(LayerError) -> Value) -> Value? {
            do throws(LayerError) { return try body() } catch {
                unsupported.append((part, error))
                return nil
            }
        }
        // Only older optimizers can have a decay, or `lr` for their rate.
        let scaled = optimizer["config"]?["inner_optimizer"] ?? optimizer
        let isOld = ["decay", "lr"].contains { scaled["config"]?[$0] != nil }
        order = isOld ? .legacy : .current
        let configured = attempt(.optimizer) { () throws(LayerError) in try Optimizers.configured(optimizer) }
        for error in configured?.unsupported ?? [] { unsupported.append((.optimizer, error)) }
        self.optimizer = configured?.optimizer
        let losses =
            attempt(.loss) { () throws(LayerError) in
                try PerOutput.losses(value["loss"] ?? .null, outputs: names).map {
                    (value) throws(LayerError) -> (any Loss)? in
                    value == .null ? nil : try Losses.configured(value)
                }
            } ?? names.map { _ in nil }
        let weights =
            attempt(.loss) { () throws(LayerError) in
                try PerOutput.lossWeights(value["loss_weights"] ?? .null, outputs: names)
            } ?? names.map { _ in 1 }
        func metrics(_ argument: String) -> [[Metric]] {
            let values =
                attempt(.metrics) { () throws(LayerError) in
                    try PerOutput.metrics(value[argument] ?? .null, argument, outputs: names)
                } ?? names.map { _ in .null }
            return values.map { value in
                let (metrics, errors) = Metric.configured(value)
                unsupported += errors.map { (.metrics, $0) }
                return metrics
            }
        }
        let (plain, weighted) = (metrics("metrics"), metrics("weighted_metrics"))
        outputs = names.indices.map { index in
            OutputTraining(
                output: names[index], loss: losses[index], weight: weights[index], metrics: plain[index],
                weightedMetrics: weighted[index])
        }
        self.unsupported = unsupported
    }

    /// The `compile_config` of a `.keras` file.
    ///
    /// - Throws: `FormatError.cannotWrite` for a program's own optimizer or loss.
    func compileConfiguration(file: String) throws(FormatError) -> ConfigurationValue {
        try value("optimizer", file: file)
    }

    /// The `training_config` of an `.h5` file.
    ///
    /// - Throws: `FormatError.cannotWrite` for a program's own optimizer or loss.
    func legacyConfiguration(file: String) throws(FormatError) -> ConfigurationValue {
        try value("optimizer_config", file: file)
    }

    /// - Parameter optimizerName: the key of the optimizer, which differs between the two formats.
    private func value(_ optimizerName: String, file: String) throws(FormatError) -> ConfigurationValue {
        do throws(LayerError) {
            var value: [String: ConfigurationValue] = [:]
            var losses: [ConfigurationValue] = []
            for output in outputs { losses.append(try output.loss.map(Losses.configuration) ?? .null) }
            func list(_ metrics: [Metric]) throws(LayerError) -> ConfigurationValue {
                var values: [ConfigurationValue] = []
                for metric in metrics { values.append(try metric.configurationValue()) }
                return .list(values)
            }
            let metrics = try outputs.map { (output) throws(LayerError) in try list(output.metrics) }
            let weighted = try outputs.map { (output) throws(LayerError) in try list(output.weightedMetrics) }
            func byName(_ values: [ConfigurationValue]) -> ConfigurationValue {
                .object(Dictionary(zip(outputs.map(\.output), values)) { first, _ in first })
            }
            // A model with one output needs no names.
            value["loss"] = outputs.count == 1 ? losses[0] : byName(losses)
            value["metrics"] = outputs.count == 1 ? metrics[0] : byName(metrics)
            let hasWeighted = outputs.contains { !$0.weightedMetrics.isEmpty }
            value["weighted_metrics"] = !hasWeighted ? .null : outputs.count == 1 ? weighted[0] : byName(weighted)
            let isWeighted = outputs.contains { $0.weight != 1 }
            value["loss_weights"] = isWeighted ? byName(outputs.map { .real($0.weight) }) : .null
            value[optimizerName] = if let optimizer { try Optimizers.configuration(of: optimizer) } else { .null }
            return .object(value)
        } catch {
            throw .cannotWrite(file: file, reason: "\(error)")
        }
    }
}
