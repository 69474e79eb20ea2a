import LockstepCompute
import LockstepGraph
import LockstepLayers

/// The older form of `.h5` files, of Keras 2 and Keras 3 (`keras.src.legacy.saving.legacy_h5_format`). Each layer has a
/// group with its name, and an attribute with the names of its weights. The optimizer has the same.
enum LegacyTree {
    /// The members of the root of a whole model that are read.
    static let members = ["model_weights", "optimizer_weights"]

    /// The members of a group of layers that hold the layers; names of layers may be paths.
    static func layerGroups(_ group: HDF5Group) -> [String] {
        (group.strings("layer_names") ?? []).compactMap { $0.split(separator: "/").first.map(String.init) }
    }

    /// Whether a group is the group of the layers.
    static func isWeights(_ group: HDF5Group) -> Bool { group.strings("layer_names") != nil }

    /// Layers are identified by their order alone, as in Keras. Layers without weights do not count.
    ///
    /// - Throws: `FormatError.unsupported` if the file has another number of layers with weights; `FormatError.model`
    ///   as `LoadedWeights`.
    static func read(
        _ group: HDF5Group, _ layers: [LayerWeights], into weights: inout LoadedWeights, file: String
    ) throws(FormatError) {
        let former = FormerWeights(backend: group.attributes["backend"]?.string)
        var found: [(name: String, arrays: [Tensor])] = []
        for name in group.strings("layer_names") ?? [] {
            guard let layer = try group.group(at: name) else {
                throw .notOfFormat(
                    file: file, format: "Keras model", reason: "the group of its layer '\(name)' is missing")
            }
            let arrays = try variables(layer, "layer '\(name)'", file: file).map(\.tensor)
            if !arrays.isEmpty { found.append((name, arrays)) }
        }
        let layers = layers.filter { !$0.parameters.isEmpty }
        guard found.count == layers.count else {
            throw .model(
                file: file,
                .layerCount(expected: layers.map(\.layer.name), received: found.map(\.name)))
        }
        for (layer, found) in zip(layers, found) {
            try weights.take(former.modern(found.arrays, for: layer.layer), for: layer, layer.legacyParameters)
        }
    }

    /// The optimizer's variables; nil if the file has none.
    static func optimizer(_ root: HDF5Group, file: String) throws(FormatError) -> [HDF5Dataset]? {
        guard let group = try root.group(at: "optimizer_weights") else { return nil }
        // The state of a scaled loss is not the optimizer's.
        let variables = try variables(group, "the optimizer", file: file) { name in
            !name.hasPrefix("loss_scale_optimizer/")
                && !["current_loss_scale:0", "good_steps:0"].contains(name.split(separator: "/").last ?? "")
        }
        return variables.isEmpty ? nil : variables
    }

    /// - Parameter isWanted: whether a variable of this name is read.
    private static func variables(
        _ group: HDF5Group, _ owner: String, file: String, isWanted: (String) -> Bool = { _ in true }
    ) throws(FormatError) -> [HDF5Dataset] {
        var variables: [HDF5Dataset] = []
        for name in group.strings("weight_names") ?? [] where isWanted(name) {
            guard let variable = try group.dataset(at: name) else {
                throw .notOfFormat(file: file, format: "Keras model", reason: "'\(name)' of \(owner) is missing")
            }
            variables.append(variable)
        }
        return variables
    }

    /// The group of the layers.
    ///
    /// - Parameters:
    ///   - names: the names of the layers.
    ///   - model: the prefix of the names of a `Sequential`'s weights; nil for other models.
    static func write(_ layers: [LayerWeights], names fileNames: FileNames, model: String?) -> HDF5Group {
        var root = HDF5Group(attributes: KerasVersion.attributes)
        root.set(layers.map { fileNames[$0.layer] }, "layer_names")
        for layer in layers {
            var group = HDF5Group()
            var names: [String] = []
            for parameter in layer.legacyParameters {
                names.append(name(of: parameter, layer, fileNames, model: model).joined(separator: "/"))
                group.insert(parameter.dataset, at: names[names.count - 1])
            }
            group.set(names, "weight_names")
            root.update(at: fileNames[layer.layer]) { $0 = group }
        }
        root.update(at: "top_level_model_weights") { $0.set([], "weight_names") }
        return root
    }

    static func name(of parameter: Weight, _ layer: LayerWeights, _ names: FileNames, model: String?) -> [String] {
        (model.map { [$0] } ?? []) + layer.path(of: parameter, names)
    }

    /// The group of the optimizer.
    static func write(_ variables: [OptimizerVariables.Named]) -> HDF5Group {
        var group = HDF5Group()
        group.set(variables.map(\.name), "weight_names")
        for variable in variables { group.insert(variable.dataset, at: variable.name) }
        return group
    }
}

extension HDF5Group {
    /// Sets an attribute that is a list of names, as Keras writes it.
    fileprivate mutating func set(_ names: [String], _ attribute: String) {
        attributes[attribute] = names.isEmpty ? .reals([]) : .strings(names)
    }
}
