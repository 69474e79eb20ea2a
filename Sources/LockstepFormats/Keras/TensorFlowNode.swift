import LockstepLayers

/// A call of a TensorFlow function in a functional model of Keras 2, read as the same operation of Keras 3.
///
/// Keras 2 writes the function and its call: `{"class_name": "TFOpLambda", "config": {"name": …, "function":
/// "math.multiply"}, "inbound_nodes": [["dense", 0, 0, {"y": 2, "name":
/// null}]]}`. The first argument is a tensor, a list of tensors, or a constant `["_CONSTANT_VALUE", -1, 2.0,
/// {…}]`; others have names. `x[:, 0]` is a `SlicingOpLambda`.
enum TensorFlowNode {
    static let classes = ["TFOpLambda", "SlicingOpLambda"]

    /// For each function, Keras 3's operation; the name of its second argument; Keras 3's names of others, if they have
    /// other names; and defaults, if they differ.
    private struct Function {
        let operation: String
        var second: String?
        var names: [String: String] = [:]
        var defaults: [String: ConfigurationValue] = [:]

        init(
            _ operation: String, second: String? = nil, names: [String: String] = [:],
            defaults: [String: ConfigurationValue] = [:]
        ) {
            (self.operation, self.second, self.names, self.defaults) = (operation, second, names, defaults)
        }
    }

    private static let functions: [String: Function] = [
        "__operators__.add": Function("Add", second: "y"), "math.add": Function("Add", second: "y"),
        "math.subtract": Function("Subtract", second: "y"), "math.multiply": Function("Multiply", second: "y"),
        "math.truediv": Function("TrueDivide", second: "y"), "math.divide": Function("Divide", second: "y"),
        "math.maximum": Function("Maximum", second: "y"), "math.minimum": Function("Minimum", second: "y"),
        "math.pow": Function("Power", second: "y"), "linalg.matmul": Function("Matmul", second: "b"),
        "math.negative": Function("Negative"), "math.abs": Function("Absolute"), "math.exp": Function("Exp"),
        "math.log": Function("Log"), "math.sqrt": Function("Sqrt"), "math.rsqrt": Function("Rsqrt"),
        "math.square": Function("Square"), "math.reciprocal": Function("Reciprocal"),
        "clip_by_value": Function("Clip", names: ["clip_value_min": "x_min", "clip_value_max": "x_max"]),
        "cast": Function("Cast"), "nn.relu": Function("Relu"), "nn.relu6": Function("Relu6"),
        "math.sigmoid": Function("Sigmoid"), "math.tanh": Function("Tanh"), "math.softplus": Function("Softplus"),
        "nn.softsign": Function("Softsign"), "nn.silu": Function("Silu"), "nn.selu": Function("Selu"),
        "math.log_sigmoid": Function("LogSigmoid"), "nn.softmax": Function("Softmax"),
        "nn.log_softmax": Function("LogSoftmax"), "nn.elu": Function("Elu"),
        "nn.leaky_relu": Function("LeakyRelu", names: ["alpha": "negative_slope"]),
        "nn.gelu": Function("Gelu", defaults: ["approximate": false]), "math.reduce_mean": Function("Mean"),
        "math.reduce_sum": Function("Sum"), "math.reduce_max": Function("Max"), "math.reduce_min": Function("Min"),
        "reshape": Function("Reshape", names: ["shape": "newshape"]), "expand_dims": Function("ExpandDims"),
        "squeeze": Function("Squeeze"), "transpose": Function("Transpose", names: ["perm": "axes"]),
        "concat": Function("Concatenate"), "stack": Function("Stack"), "reverse": Function("Flip"),
        "__operators__.getitem": Function("GetItem", second: "slice_spec"),
        "math.equal": Function("Equal", second: "y"), "math.not_equal": Function("NotEqual", second: "y"),
        "math.greater": Function("Greater", second: "y"), "math.greater_equal": Function("GreaterEqual", second: "y"),
        "math.less": Function("Less", second: "y"), "math.less_equal": Function("LessEqual", second: "y"),
        "math.logical_and": Function("LogicalAnd", second: "y"),
        "math.logical_or": Function("LogicalOr", second: "y"), "math.logical_not": Function("LogicalNot"),
        "math.divide_no_nan": Function("DivideNoNan", second: "y"),
        "math.floordiv": Function("FloorDivide", second: "y"),
        "math.floormod": Function("Mod", second: "y"), "math.floor": Function("Floor"), "math.ceil": Function("Ceil"),
        "math.round": Function("Round"), "round": Function("Round"), "math.sign": Function("Sign"),
        "math.sin": Function("Sin"), "math.cos": Function("Cos"), "math.tan": Function("Tan"),
        "math.atan": Function("Arctan"), "math.asin": Function("Arcsin"), "math.acos": Function("Arccos"),
        "math.sinh": Function("Sinh"), "math.cosh": Function("Cosh"), "math.erf": Function("Erf"),
        "math.log1p": Function("Log1p"), "math.expm1": Function("Expm1"),
        "math.reduce_prod": Function("Prod"), "math.reduce_any": Function("Any"), "math.reduce_all": Function("All"),
        "math.reduce_std": Function("Std"), "math.reduce_variance": Function("Var"),
        "math.reduce_logsumexp": Function("Logsumexp"), "math.argmax": Function("Argmax"),
        "math.argmin": Function("Argmin"), "math.cumsum": Function("Cumsum", defaults: ["axis": 0]),
        "one_hot": Function("OneHot", names: ["depth": "num_classes"]),
        "tile": Function("Tile", names: ["multiples": "repeats"]), "repeat": Function("Repeat"),
        "roll": Function("Roll"), "unstack": Function("Unstack"), "identity": Function("Copy"),
        "stop_gradient": Function("StopGradient"), "zeros_like": Function("ZerosLike"),
        "ones_like": Function("OnesLike"),
        "nn.depth_to_space": Function("DepthToSpace"), "nn.space_to_depth": Function("SpaceToDepth"),
        "image.rgb_to_grayscale": Function("RGBToGrayscale"),
    ]

    /// The class, the options and the call of Keras 3's operation.
    ///
    /// - Throws: `FormatError.model` for a function that has none.
    static func operation(_ node: ConfigurationValue, file: String) throws(FormatError) -> (
        name: String, options: [String: ConfigurationValue], arguments: [ConfigurationValue]
    ) {
        let name = node["config"]?["function"]?.string ?? ""
        guard let function = functions[name] else {
            throw .model(
                file: file, .unknownName(kind: "TensorFlow function", known: functions.keys.sorted(), received: name))
        }
        let call = node["inbound_nodes"]?.list?.first?.list ?? []
        // A list of tensors, each with the same other arguments.
        let isList = call.first?.list != nil
        let firsts = isList ? call.compactMap(\.list) : [call]
        var given = firsts.first?.dropFirst(3).first?.object ?? [:]
        given["name"] = nil
        given = given.filter { $0.value != .null && $0.value != false }.mapValues(value)
        let tensors = firsts.map {
            $0.first == "_CONSTANT_VALUE" && $0.count > 2 ? $0[2] : tensor(.list(Array($0.prefix(3))))
        }
        var arguments = isList ? [ConfigurationValue.list(tensors)] : tensors
        if let second = function.second, let value = given.removeValue(forKey: second) {
            arguments.append(isTensor(value) ? tensor(value) : second == "slice_spec" ? key(value) : value)
        }
        var options = function.defaults
        for (name, value) in given { options[function.names[name] ?? name] = value }
        return (function.operation, options, arguments)
    }

    /// A tensor as Keras 3 writes it.
    private static func tensor(_ source: ConfigurationValue) -> ConfigurationValue {
        ["class_name": "__keras_tensor__", "config": ["keras_history": source]]
    }

    private static func isTensor(_ value: ConfigurationValue) -> Bool { value.list?.first?.string != nil }

    /// A value without the mark of tuples.
    private static func value(_ value: ConfigurationValue) -> ConfigurationValue {
        if value["class_name"] == "__tuple__", let items = value["items"]?.list { return .list(items.map(Self.value)) }
        return value.list.map { .list($0.map(Self.value)) } ?? value
    }

    /// The key of `x[key]` as Keras 3 writes it.
    private static func key(_ value: ConfigurationValue) -> ConfigurationValue {
        .list(
            (value.list ?? [value]).map { entry in
                guard let slice = entry.object, slice["class_name"] == nil else { return entry }
                return ["class_name": "__slice__", "config": .object(slice)]
            })
    }
}
