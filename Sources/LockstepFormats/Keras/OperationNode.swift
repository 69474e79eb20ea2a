import LockstepLayers

/// A node of a functional model that is a call of one of Keras's operations and not of a layer.
///
/// Keras 3 writes the operation's class and its call: `{"module": "keras.src.ops.numpy", "class_name": "Multiply",
/// "config": {"name": …, options}, "inbound_nodes": [{"args": [tensor, 2], "kwargs": {…}}]}`.
struct OperationNode {
    private let className: String
    private let options: [String: ConfigurationValue]
    private let arguments: [OperationArgument]
    /// The first tensor's shape as the file says it, with the batch.
    private let shape: [ConfigurationValue]
    /// The tensors of the call, each as `["dense", 0, 0]`.
    let sources: [ConfigurationValue]

    /// Nil for a layer.
    ///
    /// - Parameter isLayer: whether a class is that of a layer. Files may not say the module.
    /// - Throws: `FormatError.unsupported` for an operation that is called several times.
    init?(
        _ node: ConfigurationValue, kerasVersion: Int, isLayer: (String) -> Bool, file: String
    ) throws(FormatError) {
        let name = node["class_name"]?.string ?? ""
        let calls = node["inbound_nodes"]?.list ?? []
        if TensorFlowNode.classes.contains(name) {
            guard calls.count == 1 else {
                throw .unsupported(file: file, feature: "\(calls.count) calls of '\(node["name"]?.string ?? name)'")
            }
            let operation = try TensorFlowNode.operation(node, file: file)
            self.init(operation.name, options: operation.options, arguments: operation.arguments)
            return
        }
        if let module = node["module"]?.string {
            guard module.contains(".ops.") else { return nil }
        } else {
            // Models inside models in `.h5` files have no modules. Layers have `trainable`, and those that merge a
            // list.
            let isList = calls.first?["args"]?.list?.first?.list != nil
            guard kerasVersion >= 3, node["config"]?["trainable"] == nil, KerasOperation.all[name] != nil,
                !(isLayer(name) && isList)
            else { return nil }
        }
        guard calls.count == 1 else {
            throw .unsupported(file: file, feature: "\(calls.count) calls of the operation '\(name)'")
        }
        var arguments = calls[0]["args"]?.list ?? []
        var given = calls[0]["kwargs"]?.object ?? [:]
        for parameter in (KerasOperation.all[name]?.parameters ?? []).dropFirst(arguments.count) {
            guard let value = given.removeValue(forKey: parameter) else { break }
            arguments.append(value)
        }
        var options = (node["config"]?.object ?? [:]).merging(given) { $1 }
        options["name"] = nil
        if name != "Cast" { options["dtype"] = nil }
        self.init(name, options: options, arguments: arguments)
    }

    /// - Parameter arguments: of the call, with tensors as Keras 3 writes them.
    private init(_ className: String, options: [String: ConfigurationValue], arguments: [ConfigurationValue]) {
        var sources: [ConfigurationValue] = []
        var shape: [ConfigurationValue]?
        func argument(_ value: ConfigurationValue) -> OperationArgument {
            if let source = value["config"]?["keras_history"] {
                sources.append(source)
                shape = shape ?? value["config"]?["shape"]?.list
                return .tensor
            }
            return value.list.map { .list($0.map(argument)) } ?? .value(value)
        }
        self.arguments = arguments.map(argument)
        (self.className, self.options, self.sources, self.shape) = (className, options, sources, shape ?? [])
    }

    /// - Throws: `LayerError.unknownName`, and for options that are not supported.
    func layer() throws(LayerError) -> any Layer {
        // What is unstacked has as many outputs as elements along its axis.
        var count = 1
        if case .integer(let axis)? = options["axis"] {
            let place = axis < 0 ? axis + shape.count : axis
            if shape.indices.contains(place), case .integer(let size) = shape[place] { count = size }
        }
        return try OperationLayer(
            .named(className), options: options, arguments: arguments, outputCount: count, name: "")
    }
}
