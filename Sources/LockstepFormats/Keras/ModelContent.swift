import LockstepCompute
import LockstepLayers

/// The content of a model file.
package struct ModelContent {
    let names: FileNames
    let isSequential: Bool
    let architecture: ConfigurationValue
    let layers: [LayerWeights]
    let training: TrainingConfiguration?
    /// The optimizer's state; nil if it has not been used.
    let variables: OptimizerVariables?

    package init(
        names: FileNames, isSequential: Bool, architecture: ConfigurationValue, layers: [LayerWeights],
        training: TrainingConfiguration?,
        variables: OptimizerVariables?
    ) {
        self.names = names
        self.isSequential = isSequential
        self.architecture = architecture
        self.layers = layers
        self.training = training
        self.variables = variables
    }

    /// The bytes of a file.
    ///
    /// - Throws: `FormatError` for content that the format cannot hold.
    package func encoded(as format: ModelFormat, file: String) throws(FormatError) -> [UInt8] {
        switch format {
        case .keras: return try archive(file: file)
        case .legacy: return try HDF5.encode(legacy(file: file), file: file)
        case .json: return Array(try Json.text(architecture, file: file).utf8)
        case .weights:
            return try HDF5.encode(
                VariableTree.write(layers, names: names, optimizer: [], optimizerName: nil), file: file)
        case .safetensors: return try Safetensors.encode(NamedTensors.write(layers), file: file)
        }
    }

    private func archive(file: String) throws(FormatError) -> [UInt8] {
        var configuration = architecture.object ?? [:]
        configuration["compile_config"] = try training?.compileConfiguration(file: file) ?? .null
        let members = [
            ("metadata.json", Array(try Json.text(["keras_version": .string(KerasVersion.version)], file: file).utf8)),
            ("config.json", Array(try Json.text(.object(configuration), file: file).utf8)),
            ("model.weights.h5", try HDF5.encode(tree, file: file)),
        ]
        return try Zip.encode(members, file: file)
    }

    private var tree: HDF5Group {
        VariableTree.write(
            layers, names: names, optimizer: optimizerVariables,
            optimizerName: training?.optimizer.map { snakeCase(type(of: $0).className) })
    }

    private func legacy(file: String) throws(FormatError) -> HDF5Group {
        var root = HDF5Group(attributes: KerasVersion.attributes)
        root.attributes["model_config"] = .string(try Json.text(architecture, file: file))
        root.groups["model_weights"] = LegacyTree.write(layers, names: names, model: sequentialName)
        if let training {
            root.attributes["training_config"] = .string(
                try Json.text(training.legacyConfiguration(file: file), file: file))
            root.groups["optimizer_weights"] = LegacyTree.write(optimizerVariables)
        }
        return root
    }

    private var sequentialName: String? { isSequential ? names.model : nil }

    /// Zeros for an unused optimizer, so that Keras does not warn of missing variables.
    private var optimizerVariables: [OptimizerVariables.Named] {
        guard let optimizer = training?.optimizer else { return [] }
        let parameters = layers.flatMap { layer in
            layer.parameters.filter(\.isTrainable).map {
                (LegacyTree.name(of: $0, layer, names, model: sequentialName).joined(separator: "_"), $0)
            }
        }
        let variables = variables ?? OptimizerVariables(steps: 0, learningRate: nil, accumulated: nil, slots: nil)
        return variables.named(for: optimizer, parameters: parameters)
    }
}
