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

    init(_ nodes: [ConfigurationValue]) {
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
                guard Self.isOperation(node), let name = node["class_name"]?.string, Self.operations.contains(name)
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
            }.compactMap { $0["name"]?.string ?? $0["config"]?["name"]?.string })
    }

    /// Whether a node is an operation of Keras's and not a layer. Models inside models in `.h5` files have no modules;
    /// there a layer is told by `trainable`.
    private static func isOperation(_ node: ConfigurationValue) -> Bool {
        node["module"]?.string?.hasPrefix("keras.src.ops") ?? (node["config"]?["trainable"] == nil)
    }

    func contains(_ node: ConfigurationValue) -> Bool {
        (node["name"]?.string ?? node["config"]?["name"]?.string).map(names.contains) ?? false
    }

    /// Whether an argument of a call is such a mask, which the layer here finds by itself.
    func isMask(_ argument: String, _ value: ConfigurationValue) -> Bool {
        guard Self.arguments.contains(argument), let source = value["config"]?["keras_history"]?.list?.first?.string
        else { return false }
        return names.contains(source)
    }
}
