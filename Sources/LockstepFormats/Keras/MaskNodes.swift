import LockstepLayers

/// The nodes of a functional model that compute masks. Keras inserts them itself and saves them. They are passed over,
/// because the layers here compute the same masks.
struct MaskNodes {
    private let names: Set<String>

    /// The operations that Keras's `compute_mask` uses.
    private static let operations = [
        "Any", "BroadcastTo", "Concatenate", "ExpandDims", "LogicalAnd", "LogicalOr", "NotEqual", "OnesLike", "Squeeze",
        "ZerosLike",
    ]
    private static let arguments = ["mask", "query_mask", "value_mask", "key_mask"]

    /// - Parameter outputs: of the model, each as `["dense", 0, 0]`.
    init(_ nodes: [ConfigurationValue], outputs: [ConfigurationValue]) {
        let needed = Self.needed(nodes, outputs: outputs)
        // The inputs of the layers that make masks, and the value that each masks.
        var masked: [(source: ConfigurationValue, value: Double)] = []
        for node in nodes {
            let configuration = node["config"]
            let value: Double? =
                switch node["class_name"]?.string {
                case "Embedding": configuration?["mask_zero"] == true ? 0 : nil
                case "Masking": configuration?["mask_value"]?.number
                default: nil
                }
            guard let value else { continue }
            for call in node["inbound_nodes"]?.list ?? [] {
                if let source = call["args"]?.list?.first?["config"]?["keras_history"] {
                    masked.append((source, value))
                }
            }
        }
        names = Set(
            nodes.filter { node in
                guard Self.isOperation(node), let name = node["class_name"]?.string, Self.operations.contains(name),
                    !needed.contains(Self.name(node) ?? "")
                else { return false }
                guard name == "NotEqual" else { return true }
                // A program may compare for itself: only the comparison of such a layer is known here.
                let arguments = node["inbound_nodes"]?.list?.first?["args"]?.list ?? []
                guard arguments.count == 2, let source = arguments[0]["config"]?["keras_history"],
                    let value = arguments[1].number
                else {
                    return false
                }
                return masked.contains { $0.source == source && $0.value == value }
            }.compactMap(Self.name))
    }

    private static func name(_ node: ConfigurationValue) -> String? {
        node["name"]?.string ?? node["config"]?["name"]?.string
    }

    /// The names of the nodes that lead to the outputs otherwise than as masks: a program may use the same operations.
    private static func needed(_ nodes: [ConfigurationValue], outputs: [ConfigurationValue]) -> Set<String> {
        func sources(_ value: ConfigurationValue) -> [String] {
            if let source = value["config"]?["keras_history"]?.list?.first?.string { return [source] }
            return value.list?.flatMap(sources) ?? []
        }
        let named = Dictionary(nodes.compactMap { node in name(node).map { ($0, node) } }) { first, _ in first }
        var needed: Set<String> = []
        var open = outputs.compactMap { $0.list?.first?.string }
        while let next = open.popLast() {
            guard needed.insert(next).inserted, let node = named[next] else { continue }
            for call in node["inbound_nodes"]?.list ?? [] {
                open += sources(call["args"] ?? .null)
                for (name, value) in call["kwargs"]?.object ?? [:] where !arguments.contains(name) {
                    open += sources(value)
                }
            }
        }
        return needed
    }

    /// Whether a node is an operation of Keras's and not a layer. Models inside models in `.h5` files have no modules;
    /// there a layer is told by `trainable`.
    private static func isOperation(_ node: ConfigurationValue) -> Bool {
        node["module"]?.string?.hasPrefix("keras.src.ops") ?? (node["config"]?["trainable"] == nil)
    }

    func contains(_ node: ConfigurationValue) -> Bool {
        Self.name(node).map(names.contains) ?? false
    }

    /// Whether an argument of a call is such a mask, which the layer here finds by itself.
    func isMask(_ argument: String, _ value: ConfigurationValue) -> Bool {
        guard Self.arguments.contains(argument), let source = value["config"]?["keras_history"]?.list?.first?.string
        else { return false }
        return names.contains(source)
    }
}
