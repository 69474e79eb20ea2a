extension Losses {
    /// The loss of Keras's configuration, `{"class_name": "MeanSquaredError", "config": {…}}`, of a function or of a
    /// name, alone or as that of a model's only output.
    ///
    /// - Throws: `LayerError.unknownName` that lists the losses there are; `LayerError.compiled` for an argument that
    ///   is not supported or of a wrong type.
    package static func configured(_ value: ConfigurationValue) throws(LayerError) -> any Loss {
        if let only = value.list, only.count == 1 { return try configured(only[0]) }
        if value["class_name"] == nil, let only = value.object, only.count == 1 {
            return try configured(only.values.first!)
        }
        guard let object = KerasObject(value) else {
            throw .unknownName(kind: "loss", known: names, received: "\(value)")
        }
        let type = type(of: try named(object.name))
        let arguments = LayerArguments(object.arguments, of: .loss(type.className))
        let loss = try arguments.object(of: type)
        for name in ["name", "fn"] { arguments.argument(name) }
        try arguments.requireFloat32()
        // The mean over all rows is what Keras 2 took where it chose itself.
        let reduction = arguments.argument("reduction")
        guard [.null, "auto", "mean", "sum_over_batch_size"].contains(reduction.value) else {
            throw reduction.mismatch("\"sum_over_batch_size\"")
        }
        try arguments.finish(loss.configuration)
        return loss
    }

    /// The loss as Keras 3 writes it.
    ///
    /// - Throws: `LayerError.notForFiles` for a program's own.
    package static func configuration(of loss: any Loss) throws(LayerError) -> ConfigurationValue {
        let className = type(of: loss).className
        guard let known = try? named(className), type(of: known) == type(of: loss) else {
            throw .notForFiles(kind: "loss", className: className)
        }
        var arguments = loss.configuration.mapValues(\.configurationValue)
        arguments["name"] = .string(loss.name)
        arguments["reduction"] = "sum_over_batch_size"
        return KerasObject.value("keras.losses", className, arguments)
    }
}
