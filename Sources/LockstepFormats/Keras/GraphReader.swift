import LockstepLayers

/// The connections of a functional model: a list of layers, each with the calls of it, `inbound_nodes`, that name the layers they take.
extension ArchitectureReader {
    func functional(_ nodes: [ConfigurationValue], _ configuration: ConfigurationValue) throws(FormatError) -> ModelArchitecture.Form {
        var layers: [any Layer] = []
        var numbers: [String: Int] = [:]
        for node in nodes {
            let layer = try layer(node)
            let name = try need(node["name"]?.string ?? node["config"]?["name"]?.string, "a layer has no name")
            layer.name = name
            guard numbers.updateValue(layers.count, forKey: name) == nil else { throw .model(file: file, .duplicateName(name)) }
            layers.append(layer)
        }
        var inputs: [[Int]] = []
        for (node, layer) in zip(nodes, layers) {
            let sources = try sources(of: node, layer: layer.name)
            inputs.append([])
            for source in sources { inputs[inputs.count - 1].append(try number(source, numbers, "layer '\(layer.name)'")) }
        }
        let input = try number(try only("input_layers", configuration), numbers, "input_layers")
        let output = try number(try only("output_layers", configuration), numbers, "output_layers")
        return .functional(layers, inputs: inputs, input: input, output: output)
    }

    /// The only input or output: `["dense", 0, 0]`, or a list of that alone.
    private func only(_ key: String, _ configuration: ConfigurationValue) throws(FormatError) -> ConfigurationValue {
        let list = try need(configuration[key]?.list, "config.\(key) is no list")
        if list.first?.string != nil { return .list(list) }
        guard list.count == 1 else { throw .unsupported(file: file, feature: "a model with \(list.count) \(key)") }
        return list[0]
    }

    /// The layers that a layer takes, each as `["dense", 0, 0, …]`.
    private func sources(of node: ConfigurationValue, layer: String) throws(FormatError) -> [ConfigurationValue] {
        let calls = node["inbound_nodes"]?.list ?? []
        guard calls.count <= 1 else { throw .model(file: file, .appliedTwice(layer: layer)) }
        guard let call = calls.first else { return [] }
        // Keras 2: a list of sources.
        if let sources = call.list { return sources }
        let arguments = try need(call["args"]?.list, "the inbound_nodes of layer '\(layer)' have no args")
        try requireNone(call["kwargs"], layer)
        var sources: [ConfigurationValue] = []
        for argument in arguments {
            // A layer that merges takes a list.
            for tensor in argument.list ?? [argument] {
                sources.append(
                    try need(
                        tensor["config"]?["keras_history"], "layer '\(layer)' takes \("\(tensor)".prefix(200)), which is no layer's output")
                )
            }
        }
        return sources
    }

    /// The number of the layer that a source names.
    private func number(_ source: ConfigurationValue, _ numbers: [String: Int], _ place: String) throws(FormatError) -> Int {
        let parts = source.list ?? []
        let name = try need(parts.first?.string, "\(place) takes \("\(source)".prefix(200)), which names no layer")
        guard let number = numbers[name] else {
            throw .notOfFormat(file: file, format: "Keras model", reason: "\(place) takes the output of '\(name)', which does not exist")
        }
        // The call of the layer, and which of its outputs.
        guard parts.count >= 3, parts[1] == 0, parts[2] == 0 else { throw .model(file: file, .appliedTwice(layer: name)) }
        if parts.count > 3 { try requireNone(parts[3], place) }
        return number
    }

    private func requireNone(_ arguments: ConfigurationValue?, _ place: String) throws(FormatError) {
        // Keras notes how it called a layer while it built the model; training sets this anew.
        let given = (arguments?.object ?? [:]).filter { $0.value != .null && !($0.key == "training" && $0.value == false) }
        if let (name, value) = given.min(by: { $0.key < $1.key }) {
            throw .unsupported(file: file, feature: "the argument \(name) = \("\(value)".prefix(200)) in a call at \(place)")
        }
    }
}
