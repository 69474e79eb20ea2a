extension Optimizers {
    /// The optimizer of Keras's configuration, `{"class_name": "Adam", "config": {"learning_rate": 0.001, …}}`, or of a
    /// name.
    ///
    /// - Returns: the optimizer, and for each argument that it has none for, such as `decay`, a `LayerError.compiled`.
    /// - Throws: `LayerError.unknownName` that lists the optimizers there are; `LayerError.compiled` for an argument of
    ///   a wrong type; `LayerError.optimizer` for one out of its range.
    package static func configured(
        _ value: ConfigurationValue
    ) throws(LayerError) -> (optimizer: any Optimizer, unsupported: [LayerError]) {
        guard let object = KerasObject(value) else {
            throw .unknownName(kind: "optimizer", known: names, received: "\(value)")
        }
        // Keras 2 wrote its own as if they were a program's.
        let name = object.name.hasPrefix("Custom>") ? String(object.name.dropFirst(7)) : object.name
        let type = type(of: try named(name))
        let arguments = LayerArguments(object.arguments, of: .optimizer(type.className))
        let optimizer = try arguments.object(of: type)
        // The last three say how Keras computes it; an average that is not taken has no momentum.
        for name in ["name", "ema_momentum", "ema_overwrite_frequency", "jit_compile", "is_legacy_optimizer"] {
            arguments.argument(name)
        }
        let only = optimizer.configuration.merging(["use_ema": false, "decay": 0]) { $1 }
        try optimizer.validate()
        return (optimizer, arguments.mismatches(only))
    }

    /// The optimizer as Keras 3 writes it.
    ///
    /// - Throws: `LayerError.notForFiles` for a program's own.
    package static func configuration(of optimizer: any Optimizer) throws(LayerError) -> ConfigurationValue {
        let className = type(of: optimizer).className
        guard let known = try? named(className), type(of: known) == type(of: optimizer) else {
            throw .notForFiles(kind: "optimizer", className: className)
        }
        // Keras takes 1 for a whole number, which a rate cannot be.
        var arguments = optimizer.configuration.mapValues {
            ($0 as? Double).map(ConfigurationValue.real) ?? $0.configurationValue
        }
        arguments["name"] = .string(snakeCase(className))
        return KerasObject.value("keras.optimizers", className, arguments)
    }
}
