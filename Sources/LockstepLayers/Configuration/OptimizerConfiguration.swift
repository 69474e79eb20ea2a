import LockstepCompute

extension Optimizers {
    /// The optimizer of a Keras configuration: `{"class_name": "Adam", "config": {"learning_rate": 0.001, …}}`, or a
    /// name.
    ///
    /// - Returns: the optimizer, and a `LayerError.compiled` for each argument that it does not support, such as
    ///   `loss_scale_factor`.
    /// - Throws: `LayerError.unknownName`, which lists the known optimizers; `LayerError.compiled` for an argument of a
    ///   wrong type; `LayerError.optimizer` for an argument out of range.
    package static func configured(
        _ value: ConfigurationValue
    ) throws(LayerError) -> (optimizer: any Optimizer, unsupported: [LayerError]) {
        guard let object = KerasObject(value) else {
            throw .unknownName(kind: "optimizer", known: names, received: "\(value)")
        }
        // Keras 2 wrote its own optimizers as if they were a program's own.
        let prefix = ["Custom>", registration].first { object.name.hasPrefix($0) } ?? ""
        let name = String(object.name.dropFirst(prefix.count))
        // Scales the loss, so that small gradients are not 0 in float16.
        if name.hasPrefix("LossScaleOptimizer"),
            let inner = object.arguments["inner_optimizer"] ?? object.arguments["optimizer"]
        {
            return try configured(inner)
        }
        let type = type(of: try named(name))
        let arguments = LayerArguments(object.arguments, of: .optimizer(type.className))
        let optimizer = try arguments.object(of: type)
        // The last two say only how Keras computes the update.
        for name in ["name", "jit_compile", "is_legacy_optimizer"] { arguments.argument(name) }
        let only = optimizer.configuration.merging(["decay": 0]) { $1 }
        try optimizer.validate()
        return (optimizer, arguments.mismatches(only))
    }

    /// The prefix of the registered names of optimizers that Keras does not have.
    private static var registration: String { ActivationFunction.registration }

    /// The warning for an optimizer that Keras does not have; nil for others.
    package static func unknownToKeras(_ optimizer: any Optimizer) -> String? {
        let type = type(of: optimizer)
        guard !type.isInKeras else { return nil }
        return "Keras has no optimizer \(type.className); Keras loads the file only if a class is registered as "
            + "\(registration)\(type.className), or with compile=False"
    }

    /// The optimizer as Keras 3 writes it.
    ///
    /// - Throws: `LayerError.notForFiles` for a program's own optimizer.
    package static func configuration(of optimizer: any Optimizer) throws(LayerError) -> ConfigurationValue {
        let className = type(of: optimizer).className
        guard let known = try? named(className), type(of: known) == type(of: optimizer) else {
            throw .notForFiles(kind: "optimizer", className: className)
        }
        // Keras reads 1 as a whole number, but rates must be real numbers.
        var arguments = optimizer.configuration.mapValues {
            ($0 as? Double).map(ConfigurationValue.real) ?? $0.configurationValue
        }
        arguments["name"] = .string(snakeCase(className))
        guard type(of: optimizer).isInKeras else {
            return [
                "module": "lockstep", "class_name": .string(className), "config": .object(arguments),
                "registered_name": .string(registration + className),
            ]
        }
        return KerasObject.value("keras.optimizers", className, arguments)
    }
}
