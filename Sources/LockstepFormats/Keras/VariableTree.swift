import LockstepCompute
import LockstepGraph
import LockstepLayers

/// Keras 3's tree of variables, in the `model.weights.h5` of a `.keras` file and in `.weights.h5` files
/// (`keras.src.saving.saving_lib`).
///
/// The variables of a layer are at `layers/dense_1/vars/0`, …. The path has the layer's class, with a number for later
/// layers of the class, whatever the layer's name. The variables of the optimizer are at `optimizer/vars/0`, ….
///
/// If a layer changes its kernel (`LowRankAdaptation`), the tree holds the sum of both, as Keras writes it. Lockstep
/// writes the kernel and the factors A and B of the change too, by their names; Keras does not read these. A file of
/// Keras's lacks them: then A keeps its value and B becomes zero, so that training can go on.
enum VariableTree {
    /// The name of the group of layers, now and in Keras 2.13.
    private static let groups = ["layers", "_layer_checkpoint_dependencies"]
    /// The members of the root that are read.
    static let members = groups + ["optimizer"]

    /// Whether a file's root has this form.
    static func isRoot(_ root: HDF5Group) -> Bool {
        groups.contains { root.groups[$0] != nil || root.unread[$0] != nil }
    }

    static func read(_ root: HDF5Group, _ layers: [LayerWeights], into weights: inout LoadedWeights)
        throws(FormatError)
    {
        var tree: HDF5Group?
        for name in groups where tree == nil { tree = try root.group(at: name) }
        for (layer, path) in zip(layers, paths(layers)) where !layer.parts.isEmpty {
            var found: (weights: [Weight], arrays: [Tensor]) = ([], [])
            for part in layer.parts {
                let (weights, arrays) = try read(part, of: tree?.group(at: path))
                found = (found.weights + weights, found.arrays + arrays)
            }
            try weights.take(found.arrays, for: layer, found.weights)
        }
    }

    /// The variables of a part of a layer. In some versions of Keras its attributes were private: `_query_dense`.
    private static func read(_ part: LayerWeights.Part, of layer: HDF5Group?) throws(FormatError)
        -> (weights: [Weight], arrays: [Tensor])
    {
        var group = layer
        for attribute in part.path.map(\.attribute) {
            var known = try group?.group(at: attribute)
            if known == nil, attribute.hasPrefix(WeightPart.layers) {
                known = try group?.group(at: "\(groups[1])/\(attribute.dropFirst(WeightPart.layers.count))")
            }
            group = if let known { known } else { try group?.group(at: "_" + attribute) }
        }
        var (weights, arrays) = (
            part.variables, try variables(group).dropFirst(part.repeated.count).map(\.tensor)
        )
        if let (_, factors) = part.adapted {
            weights.append(factors.b)
            arrays.append(.zeros(factors.b.shape))
        }
        for weight in part.adaptedWeights {
            guard let own = try group?.dataset(at: "vars/\(weight.name)") else { continue }
            weights.append(weight)
            arrays.append(own.tensor)
        }
        return (weights, arrays)
    }

    /// The optimizer's variables; nil if the file has none.
    static func optimizer(_ root: HDF5Group) throws(FormatError) -> [HDF5Dataset]? {
        // An optimizer that scales the loss holds the one that updates the weights.
        let inner: HDF5Group? = try root.group(at: "optimizer/inner_optimizer")
        let group: HDF5Group? = if let inner { inner } else { try root.group(at: "optimizer") }
        let variables = try variables(group)
        return variables.isEmpty ? nil : variables
    }

    static func write(
        _ layers: [LayerWeights], names: FileNames, optimizer: [OptimizerVariables.Named], optimizerName: String?
    ) -> HDF5Group {
        // The group exists even without weights, because it identifies this form.
        var root = HDF5Group(groups: ["layers": HDF5Group()])
        for (layer, path) in zip(layers, paths(layers)) {
            for part in layer.parts {
                let place = (["layers", path] + part.path.map(\.attribute)).joined(separator: "/")
                insert(
                    part.repeated.map(\.dataset) + part.variables.map(\.changedDataset), at: place,
                    name: part.path.last?.name ?? names[layer.layer], into: &root)
                for weight in part.adaptedWeights {
                    root.insert(weight.dataset, at: "\(place)/vars/\(weight.name)")
                }
            }
        }
        insertWeights(ofVocabularies: layers.map(\.layer), at: "layers", into: &root)
        if let optimizerName { insert(optimizer.map(\.dataset), at: "optimizer", name: optimizerName, into: &root) }
        return root
    }

    /// The weights of vocabularies, which Keras keeps under a name of their own.
    private static func insertWeights(
        ofVocabularies layers: [any Layer], at path: String, into root: inout HDF5Group
    ) {
        for (layer, place) in zip(layers, Graph.places(of: layers)) {
            if let weights = (layer as? any LookupLayer)?.idfWeights {
                root.insert(HDF5Dataset(weights), at: "\(path)/\(place)/vars/idf_weights")
                // Keras's class holds a StringLookup, which reads them too.
                if layer is TextVectorization {
                    root.insert(HDF5Dataset(weights), at: "\(path)/\(place)/_lookup_layer/vars/idf_weights")
                }
            }
            insertWeights(ofVocabularies: layer.sublayers, at: "\(path)/\(place)/layers", into: &root)
        }
    }

    private static func insert(_ variables: [HDF5Dataset], at path: String, name: String, into root: inout HDF5Group) {
        for (index, variable) in variables.enumerated() { root.insert(variable, at: "\(path)/vars/\(index)") }
        root.update(at: path + "/vars") { $0.attributes["name"] = .string(name) }
    }

    /// The variables `0`, `1`, … of a group.
    private static func variables(_ group: HDF5Group?) throws(FormatError) -> [HDF5Dataset] {
        var variables: [HDF5Dataset] = []
        while let next = try group?.dataset(at: "vars/\(variables.count)") { variables.append(next) }
        return variables
    }

    /// The paths of the layers' variables.
    private static func paths(_ layers: [LayerWeights]) -> [String] { Graph.places(of: layers.map(\.layer)) }
}

extension HDF5Group {
    /// Whether a layer's variables lie in this group, or in a group within it.
    var holdsVariables: Bool {
        groups["vars"].map { !$0.datasets.isEmpty } ?? false || groups.values.contains { $0.holdsVariables }
    }

    /// Changes the group at a path within this group, and creates it if it is missing.
    mutating func update(at path: some StringProtocol, _ body: (inout HDF5Group) -> Void) {
        let names = path.split(separator: "/", maxSplits: 1)
        guard let name = names.first.map({ String($0) }) else { return body(&self) }
        groups[name, default: HDF5Group()].update(at: names.count == 1 ? "" : names[1], body)
    }
}
