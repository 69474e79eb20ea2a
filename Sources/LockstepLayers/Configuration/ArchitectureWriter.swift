import LockstepCompute

/// A model's configuration as Keras 3 writes it with `to_json()`.
package enum ArchitectureWriter {
    /// The object of a model, which may be a layer of another one.
    package static func object(_ model: any GraphLayer, named name: String) -> [String: ConfigurationValue] {
        let graph = model.knownGraph
        let layers = graph?.layers ?? model.sublayers
        let names = FileNames(model: name, layers: layers.map(\.name))
        // If a functional model's `trainable` is false, Keras freezes all its layers.
        let isTrainable = model.withSublayers.contains { $0.isTrainable }
        guard let graph, !type(of: model).isSequential else {
            return sequential(layers: layers, names: names, isTrainable: isTrainable)
        }
        return functional(graph: graph, names: names, isTrainable: isTrainable)
    }

    package static func sequential(layers: [any Layer], names: FileNames, isTrainable: Bool) -> [String:
        ConfigurationValue]
    {
        [
            "module": "keras", "class_name": "Sequential", "registered_name": .null,
            "config": [
                "name": .string(names.model), "trainable": .bool(isTrainable), "dtype": "float32",
                "layers": .list(layers.map { .object($0.kerasObject(named: names[$0])) }),
            ],
        ]
    }

    package static func functional(graph: Graph, names: FileNames, isTrainable: Bool) -> [String: ConfigurationValue] {
        let layers = graph.layers.map { layer in
            var object = layer.kerasObject(named: names[layer])
            object["name"] = .string(names[layer])
            let arguments = layer.configuration.mapValues(\.configurationValue).filter {
                type(of: layer).callArguments.contains($0.key) && $0.value != false
            }
            let calls = graph.nodes.filter { $0.layer === layer && !$0.inputs.isEmpty }.map {
                node -> ConfigurationValue in
                let tensors = node.inputs.map { tensor($0, graph, names) }
                if let operation = layer as? OperationLayer {
                    var rest = tensors[...]
                    return ["args": .list(operation.arguments.map { $0.file(&rest) }), "kwargs": [:]]
                }
                let names = type(of: layer).inputNames
                let listed = tensors.count > 1 ? type(of: layer).listedInputs : nil
                let isList = tensors.count > 1 && names.isEmpty && listed == nil
                let count = listed != nil ? 1 : names.isEmpty ? tensors.count : node.options.positional ?? names.count
                let positions: ConfigurationValue = isList ? [.list(tensors)] : .list(Array(tensors.prefix(count)))
                let named = zip(names + type(of: layer).namedInputs, tensors).dropFirst(count)
                var arguments = arguments.merging(named.map { ($0, $1) }) { $1 }
                if let listed {
                    arguments[listed] = .list(grouped(Array(tensors.dropFirst()), by: layer.listedGroups))
                }
                for flag in node.options.flags { arguments[flag] = true }
                guard let training = node.training else { return ["args": positions, "kwargs": .object(arguments)] }
                // Keras 3 does not keep to the argument, and skips what it does not know.
                return [
                    "args": positions, "kwargs": .object(arguments.merging(["training": .bool(training)]) { $1 }),
                    "training": .bool(training),
                ]
            }
            object["inbound_nodes"] = .list(calls)
            return ConfigurationValue.object(object)
        }
        func ends(_ outputs: [Graph.Output]) -> ConfigurationValue {
            let ends = outputs.map { history($0, graph, names, isEnd: true) }
            return ends.count == 1 ? ends[0] : .list(ends)
        }
        return [
            "module": "keras.src.models.functional", "class_name": "Functional", "registered_name": "Functional",
            "config": [
                "name": .string(names.model), "trainable": .bool(isTrainable), "layers": .list(layers),
                "input_layers": ends(graph.inputs.map { Graph.Output(node: $0) }),
                "output_layers": ends(graph.outputs),
            ],
        ]
    }

    /// Tensors in lists of given lengths; without lengths, or where these do not fit, the tensors themselves.
    private static func grouped(_ tensors: [ConfigurationValue], by counts: [Int]?) -> [ConfigurationValue] {
        guard let counts, counts.reduce(0, +) == tensors.count else { return tensors }
        var rest = tensors[...]
        return counts.map { count in
            defer { rest = rest.dropFirst(count) }
            return .list(Array(rest.prefix(count)))
        }
    }

    /// Messages on the functions of an architecture that have no name in Keras 3, one line for each function.
    package static func unnamed(in architecture: ConfigurationValue) -> [String] {
        var layers: [String: [String]] = [:]
        for layer in architecture["config"]?["layers"]?.list ?? [] {
            let configuration = layer["config"]?.object ?? [:]
            for function in functions(in: .object(configuration)) {
                layers[function, default: []].append("'\(configuration["name"]?.string ?? "")'")
            }
        }
        return layers.sorted { $0.key < $1.key }.map { function, layers in
            "Keras 3 has no \(function.dropFirst(ActivationFunction.registration.count)), the activation of "
                + "\(layers.joined(separator: ", ")); Keras loads the file only if a function is registered as \(function)"
        }
    }

    /// Messages on the calls of an architecture whose mode Keras 3 does not keep to, one line for each layer.
    package static func ignored(in value: ConfigurationValue) -> [String] {
        if let values = value.list { return values.flatMap(ignored) }
        guard let values = value.object else { return [] }
        let modes = (values["inbound_nodes"]?.list ?? []).compactMap { $0["training"] }
        let own = modes.first.map {
            "Keras 3 does not keep to training = \($0) in the call of layer '\(values["name"]?.string ?? "")' while it "
                + "fits, evaluates and predicts"
        }
        return (own.map { [$0] } ?? []) + values.sorted { $0.key < $1.key }.flatMap { ignored(in: $0.value) }
    }

    /// The registered names that begin with `lockstep>` in a value and in all values inside it.
    private static func functions(in value: ConfigurationValue) -> Set<String> {
        switch value {
        case .list(let values): return Set(values.flatMap(functions))
        case .object(let values):
            let name = values["registered_name"]?.string.flatMap {
                $0.hasPrefix(ActivationFunction.registration) ? $0 : nil
            }
            return Set(values.values.flatMap(functions) + (name.map { [$0] } ?? []))
        default: return []
        }
    }

    /// The output of a layer's call.
    private static func tensor(_ output: Graph.Output, _ graph: Graph, _ names: FileNames) -> ConfigurationValue {
        let node = graph.nodes[output.node]
        return [
            "class_name": "__keras_tensor__",
            "config": [
                "shape": node.partialShapes[output.index].configurationValue,
                "dtype": .string((node.layer as? InputLayer)?.fileType ?? node.specs[output.index].type.rawValue),
                "keras_history": history(output, graph, names),
            ],
        ]
    }

    /// - Parameter isEnd: whether this is an end of the model, an input or an output. There Keras counts the making of
    ///   an inner functional model as the first call of it.
    private static func history(
        _ output: Graph.Output, _ graph: Graph, _ names: FileNames, isEnd: Bool = false
    ) -> ConfigurationValue {
        let node = graph.nodes[output.node]
        let isFunctional = (node.layer as? any GraphLayer).map { !type(of: $0).isSequential } ?? false
        return [
            .string(names[node.layer]), .integer(node.call + (isEnd && isFunctional ? 1 : 0)), .integer(output.index),
        ]
    }
}
