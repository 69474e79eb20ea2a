import LockstepCompute
import LockstepLayers

/// A file with a model or its weights, in any present or former format of Keras, recognised by its content.
package struct ModelFile {
    /// The purpose of reading a file; errors name the formats that suit it.
    package enum Use: Sendable {
        case model, weights

        var expected: String {
            switch self {
            case .model: "a zip archive (.keras), HDF5 (.h5) or JSON (.json) is expected"
            case .weights: "HDF5 (.weights.h5, .h5), a zip archive (.keras) or .safetensors is expected"
            }
        }

        /// How Keras writes such a file.
        var save: String {
            switch self {
            case .model: "model.save('model.keras')"
            case .weights: "model.save_weights('model.weights.h5')"
            }
        }
    }

    private enum Content {
        /// A `.keras` file.
        case archive(ConfigurationValue, weights: HDF5Group, version: String?)
        /// A whole model in HDF5.
        case legacy(ConfigurationValue, root: HDF5Group)
        /// The output of `to_json()`.
        case architecture(ConfigurationValue)
        /// Keras 3's `.weights.h5`, with its bytes, because an error message may need more of them.
        case weights(HDF5Group, [UInt8])
        /// The output of Keras 2's `save_weights`.
        case legacyWeights(HDF5Group)
        case safetensors([String: Tensor])
    }

    package let file: String
    private let content: Content
    /// What of the file is read in another way than Keras reads it.
    package let notes: [String]

    /// The bytes of a file.
    ///
    /// - Throws: `FormatError` for a file that cannot be opened, and for a folder, because some programs save models as
    ///   folders.
    package static func bytes(of file: String, for use: Use) throws(FormatError) -> [UInt8] {
        if let names = try? FileBytes.names(in: file) {
            if let foreign = ForeignModel(names: names) { throw foreign.error(file: file, for: use) }
            throw .notOfFormat(file: file, format: "model", reason: "it is a folder; \(use.expected)")
        }
        do throws(FormatError) { return try FileBytes.read(file) } catch {
            // A TensorFlow checkpoint is named by the common beginning of its files' names.
            throw (try? FileBytes.read(file + ".index")) == nil
                ? error : ForeignModel.checkpoint.error(file: file, for: use)
        }
    }

    /// - Throws: `FormatError` for bytes of another format.
    package init(_ bytes: [UInt8], file: String, for use: Use = .model) throws(FormatError) {
        self.file = file
        let content: Content
        if bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) {
            content = try Self.archive(bytes, file: file, for: use)
        } else if bytes.starts(with: HDF5.signature) {
            content = try Self.tree(bytes, file: file, for: use)
        } else if bytes.count > 8, bytes[8] == UInt8(ascii: "{"), bytes[7] == 0 {
            let (tensors, metadata) = try Safetensors.decode(bytes, file: file)
            content = .safetensors(CheckpointFormat.weights(among: tensors, metadata: metadata))
        } else if bytes.first(where: { !" \t\r\n".utf8.contains($0) }) == UInt8(ascii: "{") {
            content = .architecture(try Self.architecture(bytes, file: file))
        } else if let foreign = ForeignModel(bytes, file: file) {
            throw foreign.error(file: file, for: use)
        } else {
            let found = bytes.isEmpty ? "is empty" : "begins as none of these"
            throw .notOfFormat(file: file, format: "model", reason: "\(use.expected), and it \(found)")
        }
        var precision = Precision()
        switch content {
        case .archive(let configuration, let weights, let version):
            self.content = .archive(precision.read(configuration), weights: weights, version: version)
        case .legacy(let configuration, let root):
            self.content = .legacy(precision.read(configuration), root: root)
            // It may be damaged, and need not be read.
            if let training = try? Self.training(in: root, file: file) { _ = precision.read(training) }
        case .architecture(let configuration): self.content = .architecture(precision.read(configuration))
        case .weights, .legacyWeights, .safetensors: self.content = content
        }
        notes = precision.note.map { [$0] } ?? []
    }

    /// How the model was compiled, as an `.h5` file says; nil if it does not.
    private static func training(in root: HDF5Group, file: String) throws(FormatError) -> ConfigurationValue? {
        guard let text = root.attributes["training_config"]?.string else { return nil }
        return try Json.parse(Array(text.utf8), file: file)
    }

    /// An architecture that `to_json()` wrote.
    package init(architecture text: String, file: String) throws(FormatError) {
        self.file = file
        var precision = Precision()
        content = .architecture(precision.read(try Json.parse(Array(text.utf8), file: file)))
        notes = precision.note.map { [$0] } ?? []
    }

    private static func archive(_ bytes: [UInt8], file: String, for use: Use) throws(FormatError) -> Content {
        let archive = try ZipReader(bytes, file: file)
        if let foreign = ForeignModel(members: archive.names) { throw foreign.error(file: file, for: use) }
        func member(_ name: String) throws(FormatError) -> [UInt8] {
            guard archive.names.contains(name) else {
                let names = archive.names.sorted().prefix(20).map { "'\($0)'" }.joined(separator: ", ")
                throw .notOfFormat(file: file, format: ".keras", reason: "it has no member '\(name)', but \(names)")
            }
            return try archive.contents(of: name)
        }
        let configuration = try Json.parse(try member("config.json"), file: file)
        // Keras itself does not need it.
        let metadata =
            archive.names.contains("metadata.json") ? try Json.parse(try member("metadata.json"), file: file) : .null
        let weights = try HDF5.decode(try member("model.weights.h5"), file: file, members: VariableTree.members)
        let vocabularies = Vocabularies(archive: archive, weights: weights, file: file)
        return .archive(
            try vocabularies.given(to: configuration), weights: weights, version: metadata["keras_version"]?.string)
    }

    private static func tree(_ bytes: [UInt8], file: String, for use: Use) throws(FormatError) -> Content {
        let root = try HDF5.decode(bytes, file: file, members: VariableTree.members + LegacyTree.members)
        if let text = root.attributes["model_config"]?.string {
            return .legacy(try Json.parse(Array(text.utf8), file: file), root: root)
        }
        if VariableTree.isRoot(root) { return .weights(root, bytes) }
        if LegacyTree.isWeights(root) {
            return .legacyWeights(try HDF5.decode(bytes, file: file, members: LegacyTree.layerGroups(root)))
        }
        let whole = try HDF5.decode(bytes, file: file)
        let members = (Array(whole.groups.keys) + whole.datasets.keys + whole.unread.keys).sorted().prefix(20)
        let names = members.map { "'\($0)'" }.joined(separator: ", ")
        if let error = subclassed(whole, file: file, for: use) { throw error }
        throw .notOfFormat(
            file: file, format: "Keras model",
            reason:
                "it has neither a model_config, nor layer_names, nor layers, but \(names.isEmpty ? "nothing" : names)")
    }

    private static func architecture(_ bytes: [UInt8], file: String) throws(FormatError) -> ConfigurationValue {
        let configuration = try Json.parse(bytes, file: file)
        if configuration["weight_map"] != nil {
            throw .unsupported(file: file, feature: "weights in several files, a .weights.json,")
        }
        return configuration
    }

    /// The layers, in the order of the file, and their connections.
    ///
    /// - Parameter makeModel: makes an inner model.
    /// - Throws: `FormatError` with the layer and the argument if something is not supported, and for files with
    ///   weights alone.
    package func architecture(
        _ registry: LayerRegistry, makeModel: @escaping (ModelArchitecture) throws(FormatError) -> any GraphLayer
    ) throws(FormatError) -> ModelArchitecture {
        switch content {
        case .archive(let configuration, _, _), .legacy(let configuration, _), .architecture(let configuration):
            return try ArchitectureReader(
                file: file, registry: registry, kerasVersion: kerasVersion, makeModel: makeModel
            )
            .read(configuration)
        case .weights, .legacyWeights, .safetensors: throw .weightsAlone(file: file)
        }
    }

    /// The major version of the Keras that wrote the file.
    private var kerasVersion: Int {
        switch content {
        case .archive(_, _, let version): KerasVersion.major(version)
        case .legacy(let configuration, let root):
            KerasVersion.major(
                root.attributes["keras_version"]?.string
                    ?? root.groups["model_weights"]?.attributes["keras_version"]?.string, of: configuration)
        case .architecture(let configuration):
            KerasVersion.major(configuration["keras_version"]?.string, of: configuration)
        case .weights, .legacyWeights, .safetensors: KerasVersion.major(nil)
        }
    }

    /// How the model was compiled, as far as it is supported; nil if it was not compiled.
    ///
    /// - Parameter outputs: the names of the model's outputs.
    /// - Throws: `FormatError.notOfFormat` for invalid JSON.
    package func training(outputs: [String]) throws(FormatError) -> TrainingConfiguration? {
        switch content {
        case .archive(let configuration, _, _):
            return TrainingConfiguration(configuration["compile_config"], outputs: outputs)
        case .legacy(_, let root):
            guard let training = try Self.training(in: root, file: file) else { return nil }
            var precision = Precision()
            return TrainingConfiguration(precision.read(training), outputs: outputs)
        case .architecture, .weights, .legacyWeights, .safetensors: return nil
        }
    }

    /// Whether it holds weights.
    package var hasWeights: Bool {
        if case .architecture = content { false } else { true }
    }

    /// The weights for the layers of a model, in the file's order if the file holds the whole model.
    ///
    /// - Parameter skipsMismatch: layers keep their values if the file has no values for them, or values of other
    ///   shapes.
    /// - Throws: `FormatError.model` with the layer and both shapes.
    package func weights(for layers: [LayerWeights], skipsMismatch: Bool = false) throws(FormatError)
        -> LoadedWeights
    {
        var weights = LoadedWeights(file: file, skipsMismatch: skipsMismatch)
        switch content {
        case .archive(_, let tree, _), .weights(let tree, _):
            do throws(FormatError) { try VariableTree.read(tree, layers, into: &weights) } catch {
                throw subclassed ?? error
            }
        case .legacy(_, let root):
            guard let group = try root.group(at: "model_weights") else {
                throw .notOfFormat(file: file, format: "Keras model", reason: "it has no group model_weights")
            }
            try LegacyTree.read(group, layers, into: &weights, file: file)
        case .legacyWeights(let group): try LegacyTree.read(group, layers, into: &weights, file: file)
        case .safetensors(let tensors): try NamedTensors.read(tensors, layers, into: &weights, file: file)
        case .architecture: throw .architectureAlone(file: file)
        }
        return weights
    }

    /// The error for weights whose names come from a subclassed model; nil for other weights.
    private var subclassed: FormatError? {
        switch content {
        case .archive(let configuration, _, _): ArchitectureReader.subclassed(configuration, file: file, for: .weights)
        case .weights(_, let bytes):
            (try? HDF5.decode(bytes, file: file)).flatMap { Self.subclassed($0, file: file, for: .weights) }
        default: nil
        }
    }

    /// In files of subclassed models, Keras 3 has the variables of each layer under the name of its attribute.
    private static func subclassed(_ root: HDF5Group, file: String, for use: Use) -> FormatError? {
        let own = root.groups.filter { !VariableTree.members.contains($0.key) && $0.value.holdsVariables }.keys.sorted()
            .prefix(20)
        guard !own.isEmpty else { return nil }
        return .subclassed(
            file: file, reason: "it holds the weights of \(own.map { "'\($0)'" }.joined(separator: ", "))",
            advice: ArchitectureReader.subclassedAdvice(use.save))
    }

    /// The optimizer's state; nil if the file has none, or the optimizer is not supported.
    ///
    /// - Parameter layers: the layers, in the order of `weights`.
    /// - Throws: `FormatError.training` if the numbers or shapes of the variables do not fit the optimizer.
    package func optimizerVariables(
        of training: TrainingConfiguration, _ layers: [LayerWeights]
    ) throws(FormatError) -> OptimizerVariables? {
        guard let optimizer = training.optimizer else { return nil }
        let variables: [HDF5Dataset]?
        switch content {
        case .archive(_, let tree, _): variables = try VariableTree.optimizer(tree)
        case .legacy(_, let root): variables = try LegacyTree.optimizer(root, file: file)
        case .architecture, .weights, .legacyWeights, .safetensors: variables = nil
        }
        guard let variables else { return nil }
        let parameters = layers.flatMap { layer in layer.parameters.filter(\.isTrainable).map { (layer.layer.name, $0) }
        }
        return try OptimizerVariables(
            variables, of: optimizer, order: training.order, parameters: parameters, file: file)
    }
}
