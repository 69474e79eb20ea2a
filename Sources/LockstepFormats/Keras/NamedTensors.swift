import LockstepCompute
import LockstepGraph
import LockstepLayers

/// Weights as a list of names, as in `.safetensors` files: `<layer>/<weight>`, `"dense_1/kernel"`. Keras has no such
/// format.
enum NamedTensors {
    /// - Throws: `FormatError.model` as `LoadedWeights`; `FormatError.notOfFormat` for tensors of no layer, unless
    ///   these are skipped.
    static func read(
        _ tensors: [String: Tensor], _ layers: [LayerWeights], into weights: inout LoadedWeights, file: String
    ) throws(FormatError) {
        var others = Set(tensors.keys)
        for layer in layers where !layer.parameters.isEmpty {
            for parameter in layer.parameters { others.remove(name(layer, parameter)) }
            try weights.take(layer.parameters.compactMap { tensors[name(layer, $0)] }, for: layer, layer.parameters)
        }
        guard others.isEmpty || weights.skipsMismatch else {
            let names = others.sorted().prefix(20).joined(separator: ", ")
            throw .notOfFormat(
                file: file, format: "safetensors", reason: "it has tensors of no layer of the model: \(names)")
        }
    }

    static func write(_ layers: [LayerWeights]) -> [(name: String, tensor: Tensor)] {
        layers.flatMap { layer in layer.parameters.map { (name(layer, $0), $0.value) } }
    }

    private static func name(_ layer: LayerWeights, _ parameter: Weight) -> String {
        "\(layer.layer.name)/\(layer.fullName(of: parameter))"
    }
}
