import LockstepLayers

/// The connections of a functional model: a list of layers. Each has its calls, `inbound_nodes`, with the layers that
/// they take.
extension ArchitectureReader {
    func functional(_ nodes: [ConfigurationValue], _ configuration: ConfigurationValue) throws(FormatError)
        -> ModelArchitecture.Form
    {
        var layers: [any Layer] = []
        var sources: [[ConfigurationValue]] = []
        var options: [CallOptions] = []
        var numbers: [String: [Int]] = [:]
        let masks = MaskNodes(nodes, outputs: try self.ends("output_layers", configuration))
        for node in nodes where !masks.contains(node) {
            let call = try OperationNode(node, kerasVersion: kerasVersion, isLayer: registry.names.contains, file: file)
            let layer =
                if let call { try describing(call.layer) } else {
                    try layer(node, callArguments: try callArguments(of: node))
                }
            let name = try need(node["name"]?.string ?? node["config"]?["name"]?.string, "a layer has no name")
            layer.name = name
            guard numbers[name] == nil else { throw .model(file: file, .duplicateName(name)) }
            let calls = if let call { [call.sources] } else { try calls(of: node, layer: layer, masks) }
            numbers[name] = Array(layers.count..<layers.count + calls.count)
            layers += calls.map { _ in layer }
            sources += calls
            let (modes, positions) = (
                self.modes(of: node, layer: layer, count: calls.count), positions(of: node, count: calls.count)
            )
            let flags = try flags(of: node, layer: layer, count: calls.count)
            options += zip(zip(modes, positions), flags).map {
                CallOptions(training: $0.0, positional: $0.1, flags: $1)
            }
        }
        var outputs: [[Graph.Output]] = []
        let calls = numbers.mapValues { (numbers: $0, model: layers[$0[0]] as? any GraphLayer) }
        for (layer, sources) in zip(layers, sources) {
            outputs.append([])
            for source in sources {
                outputs[outputs.count - 1].append(try output(source, calls, "layer '\(layer.name)'"))
            }
        }
        var (starts, ends): ([Int], [Graph.Output]) = ([], [])
        for end in try self.ends("input_layers", configuration) {
            starts.append(try output(end, calls, "input_layers", isEnd: true).node)
        }
        for end in try self.ends("output_layers", configuration) {
            ends.append(try output(end, calls, "output_layers", isEnd: true))
        }
        return .functional(layers, sources: outputs, inputs: starts, outputs: ends, options: options)
    }

    /// How many inputs each call of a layer takes by position. Keras 2 says it in another way, and its weights have
    /// names.
    private func positions(of node: ConfigurationValue, count: Int) -> [Int?] {
        let calls = (node["inbound_nodes"]?.list ?? []).map { $0["args"]?.list?.count }
        return calls.count == count ? calls : Array(repeating: nil, count: count)
    }

    /// The arguments that are true at each call of a layer, of those that each call has for itself.
    private func flags(
        of node: ConfigurationValue, layer: any Layer, count: Int
    ) throws(FormatError) -> [Set<String>] {
        var flags: [Set<String>] = []
        for call in node["inbound_nodes"]?.list ?? [] {
            flags.append([])
            for name in type(of: layer).callFlags {
                switch Self.options(of: call)[name] ?? .null {
                case .null, false: break
                case true: flags[flags.count - 1].insert(name)
                case let value:
                    throw .unsupported(
                        file: file, feature: "the argument \(name) = \(value) in a call of layer '\(layer.name)'")
                }
            }
        }
        return flags.isEmpty ? Array(repeating: [], count: count) : flags
    }

    /// The arguments of a call that have names. In Keras 2 they come after the first tensor.
    private static func options(of call: ConfigurationValue) -> ConfigurationValue {
        call["kwargs"] ?? call.list?.first?.list?.dropFirst(3).first ?? .null
    }

    /// Whether each call of a layer computes as in training; nil if the model's mode says so.
    ///
    /// Keras 2 keeps to the argument of a call. Keras 3 does not while it fits, evaluates and predicts; files that are
    /// written here say it in another place too.
    private func modes(of node: ConfigurationValue, layer: any Layer, count: Int) -> [Bool?] {
        var modes: [Bool?] = []
        for call in node["inbound_nodes"]?.list ?? [] {
            let given = Self.options(of: call)["training"] ?? .null
            let value = kerasVersion < 3 ? given : call["training"] ?? .null
            let mode: Bool? =
                [.bool(true), 1].contains(value) ? true : [.bool(false), 0].contains(value) ? false : nil
            if kerasVersion >= 3, mode == nil, given == true {
                note("training = true in the call of layer '\(layer.name)' is ignored, as Keras 3 does")
            }
            modes.append(mode)
        }
        return modes.isEmpty ? Array(repeating: nil, count: count) : modes
    }

    /// The inputs or the outputs: one, `["dense", 0, 0]`, a list, or an object by name, in the order of the names.
    private func ends(_ key: String, _ configuration: ConfigurationValue) throws(FormatError) -> [ConfigurationValue] {
        if let named = configuration[key]?.object { return named.sorted { $0.key < $1.key }.map(\.value) }
        let list = try need(configuration[key]?.list, "config.\(key) is no list")
        return list.first?.string != nil ? [.list(list)] : list
    }

    /// The calls of a layer, each with its input tensors; if there are none, one call without inputs.
    private func calls(of node: ConfigurationValue, layer: any Layer, _ masks: MaskNodes) throws(FormatError)
        -> [[ConfigurationValue]]
    {
        var calls: [[ConfigurationValue]] = []
        for call in node["inbound_nodes"]?.list ?? [] { calls.append(try sources(of: call, layer: layer, masks)) }
        return calls.isEmpty ? [[]] : calls
    }

    /// The arguments of the calls that are arguments of the layer here, if they are the same in each call.
    private func callArguments(of node: ConfigurationValue) throws(FormatError) -> [String: ConfigurationValue] {
        let names = registry.callArguments(of: node["class_name"]?.string ?? "")
        var found: [String: ConfigurationValue] = [:]
        for (index, call) in (node["inbound_nodes"]?.list ?? []).enumerated() {
            let given = Self.options(of: call)
            for name in names {
                let value = given[name] == .null ? false : given[name] ?? false
                guard index == 0 || found[name] == value else {
                    throw .unsupported(
                        file: file, feature: "another \(name) in each call of layer '\(node["name"]?.string ?? "")'")
                }
                found[name] = value
            }
        }
        return found
    }

    /// The layers that a call takes, each as `["dense", 0, 0, …]`.
    private func sources(
        of call: ConfigurationValue, layer: any Layer, _ masks: MaskNodes
    ) throws(FormatError) -> [ConfigurationValue] {
        let (names, own, further) = (
            type(of: layer).inputNames, type(of: layer).callArguments + type(of: layer).callFlags,
            type(of: layer).namedInputs
        )
        let listed = type(of: layer).listedInputs
        let layer = layer.name
        // In Keras 2, a list of sources, one of which may name others among its arguments.
        if let sources = call.list {
            if let listed, sources.count == 1, let first = sources[0].list, first.count > 3,
                case var given = first[3].object ?? [:], let list = given.removeValue(forKey: listed), list != .null
            {
                return [.list(Array(first[..<3]) + [.object(given)])] + Self.histories(list)
            }
            guard !names.isEmpty, sources.count == 1, let first = sources[0].list, first.count > 3 else {
                return sources
            }
            var given = (first[3].object ?? [:]).filter { !own.contains($0.key) }
            let others = Self.take(names.dropFirst(), from: &given)
            return [.list(Array(first[..<3]) + [.object(given)])] + others
        }
        var arguments = try need(call["args"]?.list, "the inbound_nodes of layer '\(layer)' have no args")
        var given = (call["kwargs"]?.object ?? [:]).filter { !own.contains($0.key) && !masks.isMask($0.key, $0.value) }
        arguments += Self.take(names.dropFirst(arguments.count), from: &given)
        let last = Self.take(further[...], from: &given)
        if let listed, let list = given.removeValue(forKey: listed), list != .null {
            arguments.append(list)
            if let mask = call["kwargs"]?["mask"], mask != .null {
                throw .unsupported(
                    file: file, feature: "the argument mask beside \(listed) in a call of layer '\(layer)'")
            }
        }
        if !last.isEmpty, let missing = arguments.last {
            while arguments.count < names.count { arguments.append(missing) }
            arguments += last
        }
        try requireNone(.object(given), layer)
        var sources: [ConfigurationValue] = []
        for argument in arguments {
            // A merging layer takes a list, and a recurrent layer lists of states.
            for tensor in Self.flat(argument) {
                sources.append(
                    try need(
                        tensor["config"]?["keras_history"],
                        "layer '\(layer)' takes \("\(tensor)".prefix(200)), which is no layer's output")
                )
            }
        }
        return sources
    }

    /// The values in a list and in lists within it.
    private static func flat(_ value: ConfigurationValue) -> [ConfigurationValue] {
        value.list.map { $0.flatMap(flat) } ?? [value]
    }

    /// The tensors, each as `["dense", 0, 0]`, in a list and in lists within it.
    private static func histories(_ value: ConfigurationValue) -> [ConfigurationValue] {
        guard let list = value.list else { return [] }
        return list.first?.string == nil ? list.flatMap(histories) : [value]
    }

    /// Removes and returns the tensors that a call gives by name, in the order of the names.
    private static func take(
        _ names: ArraySlice<String>, from arguments: inout [String: ConfigurationValue]
    ) -> [ConfigurationValue] {
        var tensors: [ConfigurationValue] = []
        for name in names where arguments[name] != nil && arguments[name] != .null {
            if let tensor = arguments.removeValue(forKey: name) { tensors.append(tensor) }
        }
        return tensors
    }

    /// The output that a source refers to.
    ///
    /// - Parameters:
    ///   - calls: the numbers of each layer's calls, and the layer if it is a model.
    ///   - isEnd: whether the source is an input or an output of the model.
    private func output(
        _ source: ConfigurationValue, _ calls: [String: (numbers: [Int], model: (any GraphLayer)?)], _ place: String,
        isEnd: Bool = false
    ) throws(FormatError) -> Graph.Output {
        let parts = source.list ?? []
        let name = try need(parts.first?.string, "\(place) takes \("\(source)".prefix(200)), which names no layer")
        guard let (calls, model) = calls[name] else {
            throw .notOfFormat(
                file: file, format: "Keras model",
                reason: "\(place) takes the output of '\(name)', which does not exist")
        }
        // Keras 2 counts the creation of a model as its first call. Keras 3 does so for a functional model, at inputs
        // and outputs.
        let isCounted = model.map { kerasVersion < 3 || isEnd && !type(of: $0).isSequential } ?? false
        guard parts.count >= 3, case .integer(let counted) = parts[1], case let call = counted - (isCounted ? 1 : 0),
            calls.indices.contains(call)
        else {
            let reason =
                "\(place) takes the call \("\(parts.dropFirst().first ?? .null)") of '\(name)', which has \(calls.count)"
            throw .notOfFormat(file: file, format: "Keras model", reason: reason)
        }
        guard case .integer(let index) = parts[2], index >= 0 else {
            throw .notOfFormat(
                file: file, format: "Keras model", reason: "\(place) takes the output \(parts[2]) of '\(name)'")
        }
        if parts.count > 3 { try requireNone(parts[3], place) }
        return Graph.Output(node: calls[call], index: index)
    }

    private func requireNone(_ arguments: ConfigurationValue?, _ place: String) throws(FormatError) {
        // `modes(of:layer:count:)` reads the mode.
        func isNull(_ value: ConfigurationValue) -> Bool { value.list?.allSatisfy(isNull) ?? (value == .null) }
        let given = (arguments?.object ?? [:]).filter { !isNull($0.value) && $0.key != "training" }
        if let (name, value) = given.min(by: { $0.key < $1.key }) {
            throw .unsupported(
                file: file, feature: "the argument \(name) = \("\(value)".prefix(200)) in a call at \(place)")
        }
    }
}
