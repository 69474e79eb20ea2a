import LockstepCompute
import LockstepLayers

/// The forms in which models and weights are written, by the endings of their files.
package enum ModelFormat: CaseIterable {
    case keras
    case legacy
    case json
    case weights
    case safetensors

    package var endings: [String] {
        switch self {
        case .keras: [".keras"]
        case .legacy: [".h5", ".hdf5"]
        case .json: [".json"]
        case .weights: [".weights.h5"]
        case .safetensors: [".safetensors"]
        }
    }

    /// Whether it holds the whole model, or its architecture, and not weights alone.
    package var isModel: Bool { self == .keras || self == .legacy || self == .json }

    /// - Throws: `FormatError.unsupported` for a file of another ending.
    package init(_ file: String) throws(FormatError) {
        let name = file.lowercased()
        // The longest first: .weights.h5 ends as .h5 does.
        let formats = Self.allCases.flatMap { format in format.endings.map { (format, $0) } }.sorted { $0.1.count > $1.1.count }
        guard let (format, _) = formats.first(where: { name.hasSuffix($0.1) }) else {
            let endings = formats.map(\.1).sorted().joined(separator: ", ")
            throw .unsupported(file: file, feature: "a model's file whose name ends neither in \(endings)")
        }
        self = format
    }
}

/// A model as files hold it.
package struct ModelContent {
    let name: String
    let isSequential: Bool
    let architecture: ConfigurationValue
    let layers: [LayerParameters]
    let training: TrainingConfiguration?
    /// What the optimizer remembers; nil if it has not been used.
    let variables: OptimizerVariables?

    package init(
        name: String, isSequential: Bool, architecture: ConfigurationValue, layers: [LayerParameters], training: TrainingConfiguration?,
        variables: OptimizerVariables?
    ) {
        self.name = name
        self.isSequential = isSequential
        self.architecture = architecture
        self.layers = layers
        self.training = training
        self.variables = variables
    }

    /// The bytes of a file.
    ///
    /// - Throws: `FormatError` for what the form cannot hold.
    package func encoded(as format: ModelFormat, file: String) throws(FormatError) -> [UInt8] {
        // Keras's own rule, and of HDF5 a path.
        for layer in layers where layer.layer.name.contains("/") || [".", ".."].contains(layer.layer.name) {
            throw .cannotWrite(file: file, reason: "Keras refuses the name of the layer '\(layer.layer.name)'")
        }
        switch format {
        case .keras: return try archive(file: file)
        case .legacy: return try HDF5.encode(legacy(file: file), file: file)
        case .json: return Array(try Json.text(architecture, file: file).utf8)
        case .weights: return try HDF5.encode(VariableTree.write(layers, optimizer: [], optimizerName: nil), file: file)
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
            layers, optimizer: optimizerVariables, optimizerName: training.map { snakeCase(type(of: $0.optimizer).className) })
    }

    private func legacy(file: String) throws(FormatError) -> HDF5Group {
        var root = HDF5Group(attributes: KerasVersion.attributes)
        root.attributes["model_config"] = .string(try Json.text(architecture, file: file))
        root.groups["model_weights"] = LegacyTree.write(layers, model: isSequential ? name : nil)
        if let training {
            root.attributes["training_config"] = .string(try Json.text(training.legacyConfiguration(file: file), file: file))
            root.groups["optimizer_weights"] = LegacyTree.write(optimizerVariables)
        }
        return root
    }

    /// Zeros for an optimizer that has not been used, so that Keras need not warn that it finds none.
    private var optimizerVariables: [OptimizerVariables.Named] {
        guard let training else { return [] }
        let parameters = layers.flatMap { layer in
            layer.parameters.filter(\.isTrainable).map {
                (LegacyTree.name(of: $0, layer, model: isSequential ? name : nil).joined(separator: "_"), $0)
            }
        }
        let variables = variables ?? OptimizerVariables(steps: 0, learningRate: nil, accumulated: nil, slots: nil)
        return variables.named(for: training.optimizer, parameters: parameters)
    }
}

/// The Keras whose forms are written.
enum KerasVersion {
    static let version = "3.15.1"

    static var attributes: [String: HDF5Attribute] { ["keras_version": .string(version), "backend": .string("lockstep")] }
}
