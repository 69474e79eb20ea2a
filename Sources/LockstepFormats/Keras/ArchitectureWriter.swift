import LockstepLayers

/// A model's configuration as Keras 3 writes it with `to_json()`.
package enum ArchitectureWriter {
    package static func sequential(name: String, layers: [any Layer]) -> ConfigurationValue {
        [
            "module": "keras", "class_name": "Sequential", "registered_name": .null,
            "config": [
                "name": .string(name), "trainable": true, "dtype": "float32", "layers": .list(layers.map { .object(node($0)) }),
            ],
        ]
    }

    package static func functional(name: String, graph: Graph) -> ConfigurationValue {
        let layers = graph.nodes.map { node in
            var object = Self.node(node.layer)
            object["name"] = .string(node.layer.name)
            let tensors = node.inputs.map { tensor(graph.nodes[$0]) }
            let arguments = tensors.count == 1 ? tensors[0] : .list(tensors)
            object["inbound_nodes"] = tensors.isEmpty ? [] : [["args": [arguments], "kwargs": [:]]]
            return ConfigurationValue.object(object)
        }
        func end(_ node: Graph.Node) -> ConfigurationValue { [.string(node.layer.name), 0, 0] }
        return [
            "module": "keras.src.models.functional", "class_name": "Functional", "registered_name": "Functional",
            "config": [
                "name": .string(name), "trainable": true, "layers": .list(layers), "input_layers": end(graph.nodes[0]),
                "output_layers": end(graph.nodes[graph.nodes.count - 1]),
            ],
        ]
    }

    private static func node(_ layer: any Layer) -> [String: ConfigurationValue] {
        var configuration = layer.configuration.mapValues(\.configurationValue)
        configuration["name"] = .string(layer.name)
        configuration["dtype"] = .string((layer as? InputLayer)?.type ?? "float32")
        if !(layer is InputLayer) { configuration["trainable"] = true }
        let className = type(of: layer).className
        let isBuiltIn = LayerRegistry.builtIn.contains { $0 == type(of: layer) }
        // A program's own layer is one of Keras's that was registered without a package.
        return [
            "module": isBuiltIn ? "keras.layers" : .null, "class_name": .string(className), "config": .object(configuration),
            "registered_name": isBuiltIn ? .null : .string("Custom>\(className)"),
        ]
    }

    /// The output of a layer.
    private static func tensor(_ node: Graph.Node) -> ConfigurationValue {
        [
            "class_name": "__keras_tensor__",
            "config": [
                "shape": node.shape.configurationValue, "dtype": .string((node.layer as? InputLayer)?.type ?? "float32"),
                "keras_history": [.string(node.layer.name), 0, 0],
            ],
        ]
    }
}
