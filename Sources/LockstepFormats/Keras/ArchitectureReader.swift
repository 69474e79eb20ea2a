import LockstepLayers

/// Reads a model's configuration in the form of `to_json()` of Keras 3 and Keras 2.
///
/// Parts that make no difference here are skipped: how the model was compiled and built.
package struct ArchitectureReader {
    let file: String
    private(set) var registry: LayerRegistry
    /// The major version of the Keras that wrote the configuration.
    let kerasVersion: Int
    private let notes = Notes()
    private let makeModel: (ModelArchitecture) throws(FormatError) -> any GraphLayer

    /// - Parameter makeModel: makes an inner model.
    package init(
        file: String, registry: LayerRegistry, kerasVersion: Int,
        makeModel: @escaping (ModelArchitecture) throws(FormatError) -> any GraphLayer
    ) {
        self.file = file
        self.registry = registry
        self.kerasVersion = kerasVersion
        self.makeModel = makeModel
        let reader = self
        self.registry.model = { (node) throws(LayerError) in
            guard let className = node["class_name"]?.string, Self.modelClasses.contains(className) else { return nil }
            do throws(FormatError) { return try reader.model(node) } catch .model(_, let error) { throw error } catch {
                throw .argument(
                    layer: node["config"]?["name"]?.string ?? className, name: "config",
                    requirement: "that of a Keras model",
                    received: "\(error)")
            }
        }
    }

    /// - Throws: `FormatError.notOfFormat` if this is not a model, `FormatError.model` for unsupported layers and
    ///   arguments.
    package func read(_ root: ConfigurationValue) throws(FormatError) -> ModelArchitecture {
        let className = try need(root["class_name"]?.string, "it has no class_name")
        if let error = Self.subclassed(root, file: file, for: .model) { throw error }
        var architecture = try architecture(root, className)
        architecture.notes = notes.lines
        return architecture
    }

    /// What Keras ignores in a model, and in models inside it.
    private final class Notes {
        var lines: [String] = []
    }

    func note(_ line: String) { notes.lines.append(line) }

    private func architecture(_ root: ConfigurationValue, _ className: String) throws(FormatError) -> ModelArchitecture
    {
        let configuration = try need(root["config"], "it has no config")
        // Before 2.2.3 the configuration of a Keras Sequential was just the list of its layers.
        let layers = try need((configuration["layers"] ?? configuration).list, "config.layers is no list")
        let name = configuration["name"]?.string ?? className.lowercased()
        let shape = configuration["build_input_shape"] ?? root["build_config"]?["input_shape"] ?? .null
        let architecture = ModelArchitecture(
            name: name,
            form: className == "Sequential"
                ? .sequential(try sequence(layers, inputShape: shape)) : try functional(layers, configuration))
        // Keras freezes all layers of a frozen functional model. The layers of a Sequential say it themselves.
        if className != "Sequential", configuration["trainable"] == false {
            for layer in architecture.layers { layer.isTrainable = false }
        }
        return architecture
    }

    /// An inner model.
    private func model(_ node: ConfigurationValue) throws(FormatError) -> any GraphLayer {
        let className = node["class_name"]?.string ?? ""
        let model: any GraphLayer
        do throws(FormatError) { model = try makeModel(architecture(node, className)) } catch .model(
            let file, let error)
        {
            throw .model(file: file, .within(model: node["config"]?["name"]?.string ?? className, error))
        }
        // The settings of its layers are known.
        if node["config"]?["trainable"] == false { model.properties.isTrainable = false }
        return model
    }

    /// The error for a model of a program's own class; nil for others.
    static func subclassed(_ root: ConfigurationValue, file: String, for use: ModelFile.Use) -> FormatError? {
        guard let className = root["class_name"]?.string, !modelClasses.contains(className) else { return nil }
        return .subclassed(
            file: file, reason: "it holds a model of the class '\(className)'", advice: subclassedAdvice(use.save))
    }

    private static let modelClasses = ["Sequential", "Functional", "Model"]

    /// The advice about a subclassed model.
    ///
    /// - Parameter save: how Keras writes such a file.
    static func subclassedAdvice(_ save: String) -> String {
        "make it in Keras as a Sequential or functional model, give that its weights in their order, and write it with \(save)"
    }

    /// The layers, after an input layer if the first layer or the model states its input shape.
    private func sequence(_ nodes: [ConfigurationValue], inputShape: ConfigurationValue) throws(FormatError)
        -> [any Layer]
    {
        var layers: [any Layer] = []
        for node in nodes { layers.append(try layer(node)) }
        guard let first = nodes.first, !(layers[0] is InputLayer) else { return layers }
        let shape = first["config"]?["batch_input_shape"] ?? inputShape
        guard shape != .null else { return layers }
        return [try describing { () throws(LayerError) in try registry.layer("InputLayer", ["batch_shape": shape]) }]
            + layers
    }

    /// One layer of a list.
    ///
    /// - Parameter callArguments: the arguments that its calls add to the configuration.
    func layer(
        _ node: ConfigurationValue, callArguments: [String: ConfigurationValue] = [:]
    ) throws(FormatError) -> any Layer {
        let className = try need(node["class_name"]?.string, "a layer has no class_name")
        if Self.modelClasses.contains(className) { return try model(node) }
        let configuration = try need(
            node["config"]?.object, "the config of a layer of the class \(className) is no object")
        return try describing { () throws(LayerError) in
            try registry.layer(
                className, configuration.merging(callArguments) { $1 }, kerasVersion: kerasVersion,
                isKeras: node.isOfKeras)
        }
    }

    /// - Throws: the error of the body, with the file's name.
    func describing<Result>(_ body: () throws(LayerError) -> Result) throws(FormatError) -> Result {
        do throws(LayerError) { return try body() } catch { throw .model(file: file, error) }
    }

    /// - Throws: `FormatError.notOfFormat` if there is no value.
    func need<Value>(_ value: Value?, _ reason: @autoclosure () -> String) throws(FormatError) -> Value {
        guard let value else { throw .notOfFormat(file: file, format: "Keras model", reason: reason()) }
        return value
    }
}
