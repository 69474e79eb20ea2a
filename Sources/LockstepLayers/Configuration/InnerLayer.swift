/// A layer that is an argument of another layer, such as the layer inside a wrapper. The other layer calls it.
///
///     @Configured("layer") private var inner: InnerLayer
public struct InnerLayer: ConfigurationConvertible, @unchecked Sendable {
    public let layer: any Layer

    /// Names the layer after its class if it has no name. The name may be equal to the name of a layer outside.
    public init(_ layer: any Layer) {
        self.layer = layer
        if layer.name.isEmpty { layer.name = snakeCase(type(of: layer).pythonName) }
    }

    public init(_ argument: LayerArgument) throws(LayerError) {
        guard let className = argument.value["class_name"]?.string, let configuration = argument.value["config"]?.object
        else {
            throw argument.mismatch("a layer with a class_name and a config")
        }
        let registry = argument.registry
        if let model = try registry.model?(argument.value) {
            self.init(model)
        } else {
            self.init(
                try registry.layer(
                    className, configuration, kerasVersion: argument.kerasVersion, isKeras: argument.value.isOfKeras))
        }
    }

    /// The layer, with underscores in place of slashes in its name, because Keras refuses slashes.
    public var configurationValue: ConfigurationValue {
        .object(layer.kerasObject(named: String(layer.name.map { $0 == "/" ? "_" : $0 })))
    }
}

extension Layer {
    /// The layer as Keras 3 serializes it.
    package func kerasObject(named name: String) -> [String: ConfigurationValue] {
        if let model = self as? any GraphLayer { return ArchitectureWriter.object(model, named: name) }
        if let operation = self as? OperationLayer { return operation.object(named: name) }
        var configuration = configuration.mapValues(\.configurationValue)
        for name in Self.callArguments { configuration[name] = nil }
        configuration["name"] = .string(name)
        let common: [String: ConfigurationValue] = ["dtype": .string(fileType), "trainable": .bool(isTrainable)]
        configuration.merge(common.filter { Self.commonArguments.contains($0.key) }) { $1 }
        if let regularizer = properties.activityRegularizer {
            configuration["activity_regularizer"] = regularizer.configurationValue
        }
        let className = Self.className
        let isBuiltIn = LayerRegistry.builtIn.contains { $0 == Self.self }
        // A program's own layer is written like a Keras class that was registered without a package.
        return [
            "module": isBuiltIn ? .string(Self.module) : .null, "class_name": .string(className),
            "config": .object(configuration),
            "registered_name": !isBuiltIn
                ? .string("Custom>\(className)") : Self.module == "keras.layers" ? .null : .string(className),
        ]
    }

    /// A layer with the same arguments except for some changes, and without weights.
    ///
    /// - Throws: `LayerError.notFromFiles` for a program's own layer that cannot be made from arguments.
    func copy(_ changes: [String: ConfigurationValue]) throws(LayerError) -> Self {
        let values = configuration.mapValues(\.configurationValue).merging(changes) { $1 }
        let copy = try LayerArguments(values, of: .layer(name)).layer(of: Self.self)
        copy.properties.isTrainable = isTrainable
        copy.properties.activityRegularizer = properties.activityRegularizer
        return copy
    }
}
