import LockstepCompute
import LockstepLayers

/// A file with a model or the weights of one, of any of the forms Keras has or had, told apart by what is in it.
package struct ModelFile {
    private enum Content {
        /// A `.keras` file.
        case archive(ConfigurationValue, weights: HDF5Group)
        /// A whole model in HDF5.
        case legacy(ConfigurationValue, root: HDF5Group)
        /// What `to_json()` writes.
        case architecture(ConfigurationValue)
        /// Keras 3's `.weights.h5`.
        case weights(HDF5Group)
        /// Keras 2's `save_weights`.
        case legacyWeights(HDF5Group)
        case safetensors([String: Tensor])
    }

    package let file: String
    private let content: Content

    private static let expected = "a zip archive (.keras), HDF5 (.h5, .weights.h5), safetensors or JSON is expected"

    /// - Throws: `FormatError` for bytes of another form.
    package init(_ bytes: [UInt8], file: String) throws(FormatError) {
        self.file = file
        if bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) {
            content = try Self.archive(bytes, file: file)
        } else if bytes.starts(with: [0x89] + Array("HDF\r\n\u{1A}\n".utf8)) {
            content = try Self.tree(HDF5.decode(bytes, file: file), file: file)
        } else if bytes.count > 8, bytes[8] == UInt8(ascii: "{"), bytes[7] == 0 {
            let (tensors, metadata) = try Safetensors.decode(bytes, file: file)
            content = .safetensors(CheckpointFormat.weights(among: tensors, metadata: metadata))
        } else if bytes.first(where: { !" \t\r\n".utf8.contains($0) }) == UInt8(ascii: "{") {
            content = .architecture(try Self.architecture(bytes, file: file))
        } else {
            throw .notOfFormat(file: file, format: "model", reason: "\(Self.expected), and it begins as none of these")
        }
    }

    private static func archive(_ bytes: [UInt8], file: String) throws(FormatError) -> Content {
        let archive = try ZipReader(bytes, file: file)
        func member(_ name: String) throws(FormatError) -> [UInt8] {
            guard archive.names.contains(name) else {
                let names = archive.names.sorted().prefix(20).map { "'\($0)'" }.joined(separator: ", ")
                throw .notOfFormat(file: file, format: ".keras", reason: "it has no member '\(name)', but \(names)")
            }
            return try archive.contents(of: name)
        }
        let configuration = try Json.parse(try member("config.json"), file: file)
        return .archive(configuration, weights: try HDF5.decode(try member("model.weights.h5"), file: file))
    }

    private static func tree(_ root: HDF5Group, file: String) throws(FormatError) -> Content {
        if let text = root.attributes["model_config"]?.string {
            return .legacy(try Json.parse(Array(text.utf8), file: file), root: root)
        }
        if VariableTree.isRoot(root) { return .weights(root) }
        if LegacyTree.isWeights(root) { return .legacyWeights(root) }
        let names = (Array(root.groups.keys) + root.datasets.keys).sorted().prefix(20).map { "'\($0)'" }.joined(separator: ", ")
        throw .notOfFormat(
            file: file, format: "Keras model", reason: "it has neither a model_config, nor layer_names, nor layers, but \(names)")
    }

    private static func architecture(_ bytes: [UInt8], file: String) throws(FormatError) -> ConfigurationValue {
        let configuration = try Json.parse(bytes, file: file)
        if configuration["weight_map"] != nil { throw .unsupported(file: file, feature: "weights in several files, a .weights.json,") }
        return configuration
    }

    /// The layers, in the order of the file, and how they are connected.
    ///
    /// - Throws: `FormatError` that names the layer and the argument for what is not supported, and for files of weights alone.
    package func architecture(_ registry: LayerRegistry) throws(FormatError) -> ModelArchitecture {
        switch content {
        case .archive(let configuration, _), .legacy(let configuration, _), .architecture(let configuration):
            return try ArchitectureReader(file: file, registry: registry).read(configuration)
        case .weights, .legacyWeights, .safetensors:
            throw .notOfFormat(
                file: file, format: "model",
                reason: "it holds weights alone; make the model, or load it from its JSON, and load its weights then")
        }
    }

    /// How the model was compiled; nil if it was not.
    ///
    /// - Throws: `FormatError.training` for what is not supported.
    package func training() throws(FormatError) -> TrainingConfiguration? {
        switch content {
        case .archive(let configuration, _): return try TrainingConfiguration(configuration["compile_config"], file: file)
        case .legacy(_, let root):
            guard let text = root.attributes["training_config"]?.string else { return nil }
            return try TrainingConfiguration(Json.parse(Array(text.utf8), file: file), file: file)
        case .architecture, .weights, .legacyWeights, .safetensors: return nil
        }
    }

    /// Whether it holds weights.
    package var hasWeights: Bool {
        if case .architecture = content { false } else { true }
    }

    /// The weights for the layers of a model, in the file's order where the file is that of the whole model.
    ///
    /// - Parameter skipsMismatch: have layers keep their values that the file has none for, or of other shapes.
    /// - Throws: `FormatError.model` that names the layer and both shapes.
    package func weights(for layers: [LayerParameters], skipsMismatch: Bool = false) throws(FormatError) -> LoadedWeights {
        var weights = LoadedWeights(file: file, skipsMismatch: skipsMismatch)
        switch content {
        case .archive(_, let tree), .weights(let tree): try VariableTree.read(tree, layers, into: &weights)
        case .legacy(_, let root):
            guard let group = root.groups["model_weights"] else {
                throw .notOfFormat(file: file, format: "Keras model", reason: "it has no group model_weights")
            }
            try LegacyTree.read(group, layers, into: &weights, file: file)
        case .legacyWeights(let group): try LegacyTree.read(group, layers, into: &weights, file: file)
        case .safetensors(let tensors): try NamedTensors.read(tensors, layers, into: &weights, file: file)
        case .architecture: throw .unsupported(file: file, feature: "an architecture, which has no weights, here")
        }
        return weights
    }

    /// What the optimizer of a model remembers; nil where the file does not tell.
    ///
    /// - Parameter layers: in the order of `weights`.
    /// - Throws: `FormatError.training` for variables of other numbers or shapes than the optimizer has.
    package func optimizerVariables(
        of training: TrainingConfiguration, _ layers: [LayerParameters]
    ) throws(FormatError) -> OptimizerVariables? {
        let variables: [HDF5Dataset]?
        switch content {
        case .archive(_, let tree): variables = VariableTree.optimizer(tree)
        case .legacy(_, let root): variables = try LegacyTree.optimizer(root, file: file)
        case .architecture, .weights, .legacyWeights, .safetensors: variables = nil
        }
        guard let variables else { return nil }
        let parameters = layers.flatMap { layer in layer.parameters.filter(\.isTrainable).map { (layer.layer.name, $0) } }
        return try OptimizerVariables(variables, of: training.optimizer, order: training.order, parameters: parameters, file: file)
    }
}
