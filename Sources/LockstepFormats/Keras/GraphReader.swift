import LockstepLayers

/// The connections of a functional model: a list of layers, each with the calls of it, `inbound_nodes`, that name the layers they take.
extension ArchitectureReader {
    func functional(_ nodes: [ConfigurationValue], _ configuration: ConfigurationValue) throws(FormatError) -> ModelArchitecture.Form {
        var layers: [any Layer] = []
        var sources: [[ConfigurationValue]] = []
        var numbers: [String: [Int]] = [:]
        for node in nodes {
            let layer = try layer(node)
            let name = try need(node["name"]?.string ?? node["config"]?["name"]?.string, "a layer has no name")
            layer.name = name
            guard numbers[name] == nil else { throw .model(file: file, .duplicateName(name)) }
            let calls = try calls(of: node, layer: name)
            numbers[name] = Array(layers.count..<layers.count + calls.count)
            layers += calls.map { _ in layer }
            sources += calls
        }
        var inputs: [[Int]] = []
        for (layer, sources) in zip(layers, sources) {
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

    /// The calls of a layer, each with the tensors it takes; one call without any where there are none.
    private func calls(of node: ConfigurationValue, layer: String) throws(FormatError) -> [[ConfigurationValue]] {
        var calls: [[ConfigurationValue]] = []
        for call in node["inbound_nodes"]?.list ?? [] { calls.append(try sources(of: call, layer: layer)) }
        return calls.isEmpty ? [[]] : calls
    }

    /// The layers that a call takes, each as `["dense", 0, 0, …]`.
    private func sources(of call: ConfigurationValue, layer: String) throws(FormatError) -> [ConfigurationValue] {
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

    /// The number of the call that a source names.
    private func number(_ source: ConfigurationValue, _ numbers: [String: [Int]], _ place: String) throws(FormatError) -> Int {
        let parts = source.list ?? []
        let name = try need(parts.first?.string, "\(place) takes \("\(source)".prefix(200)), which names no layer")
        guard let calls = numbers[name] else {
            throw .notOfFormat(file: file, format: "Keras model", reason: "\(place) takes the output of '\(name)', which does not exist")
        }
        guard parts.count >= 3, case .integer(let call) = parts[1], calls.indices.contains(call) else {
            let reason = "\(place) takes the call \("\(parts.dropFirst().first ?? .null)") of '\(name)', which has \(calls.count)"
            throw .notOfFormat(file: file, format: "Keras model", reason: reason)
        }
        guard parts[2] == 0 else { throw .unsupported(file: file, feature: "the output \(parts[2]) of layer '\(name)' at \(place)") }
        if parts.count > 3 { try requireNone(parts[3], place) }
        return calls[call]
    }

    private func requireNone(_ arguments: ConfigurationValue?, _ place: String) throws(FormatError) {
        // Keras notes how it called a layer while it built the model; training sets this anew.
        let given = (arguments?.object ?? [:]).filter { $0.value != .null && !($0.key == "training" && $0.value == false) }
        if let (name, value) = given.min(by: { $0.key < $1.key }) {
            throw .unsupported(file: file, feature: "the argument \(name) = \("\(value)".prefix(200)) in a call at \(place)")
        }
    }
}
