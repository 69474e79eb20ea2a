extension Losses {
    /// The loss of a Keras configuration: an object `{"class_name": "MeanSquaredError", "config": {…}}`, a function or
    /// a name. It may stand alone, or in a list or an object as the loss of a model's only output.
    ///
    /// - Throws: `LayerError.unknownName`, which lists the known losses; `LayerError.compiled` for an argument that is
    ///   not supported or of a wrong type.
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
        try loss.validate()
        try arguments.finish(loss.configuration)
        return loss
    }

    /// The loss as Keras 3 writes it.
    ///
    /// - Throws: `LayerError.notForFiles` for a program's own loss.
    package static func configuration(of loss: any Loss) throws(LayerError) -> ConfigurationValue {
        let className = type(of: loss).className
        guard let known = try? named(className), type(of: known) == type(of: loss) else {
            throw .notForFiles(kind: "loss", className: className)
        }
        var arguments = loss.configuration.mapValues(\.configurationValue)
        arguments["name"] = .string(loss.name)
        return KerasObject.value("keras.losses", className, arguments)
    }
}
