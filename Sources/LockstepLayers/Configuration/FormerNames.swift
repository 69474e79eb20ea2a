/// The classes and arguments of layers by the names of Keras 1 and 2, and what Keras 3 calls them
/// (`keras.legacy.interfaces` of Keras 2).
enum FormerNames {
    /// A layer's class and arguments by the names of Keras 3. What has no counterpart stays, so that it is an error
    /// that names it.
    static func modern(
        _ className: String, _ configuration: [String: ConfigurationValue], kerasVersion: Int
    ) -> (className: String, configuration: [String: ConfigurationValue]) {
        var (name, arguments) = (className, configuration)
        if kerasVersion < 2 { modernize1(&name, &arguments) }
        if kerasVersion < 3, name == "CuDNNGRU" { arguments["reset_after"] = true }
        return (classes[name] ?? name, arguments)
    }

    /// Whether a configuration has names that only Keras 1 has. Its first versions did not write the version.
    package static func areOfKeras1(_ value: ConfigurationValue) -> Bool {
        switch value {
        case .list(let values): values.contains(where: areOfKeras1)
        case .object(let values): signs.contains { values[$0] != nil } || values.values.contains(where: areOfKeras1)
        default: false
        }
    }

    private static let signs = ["input_dtype", "W_regularizer", "border_mode", "inner_init", "nb_filter"]

    private static let classes = [
        "Convolution1D": "Conv1D", "Convolution2D": "Conv2D", "Convolution3D": "Conv3D",
        "AtrousConvolution1D": "Conv1D", "AtrousConvolution2D": "Conv2D", "SeparableConvolution2D": "SeparableConv2D",
        "Deconvolution2D": "Conv2DTranspose", "TimeDistributedDense": "Dense", "CuDNNLSTM": "LSTM", "CuDNNGRU": "GRU",
        "UnifiedLSTM": "LSTM", "UnifiedGRU": "GRU", "BatchNormalizationV1": "BatchNormalization",
        "BatchNormalizationV2": "BatchNormalization",
        // Keras 3 has the one name in its `.h5` files, the other in `.keras` files.
        "GroupedQueryAttention": "GroupQueryAttention",
    ]

    /// The arguments that have the same new name in every class.
    private static let names = [
        "bias": "use_bias", "nb_filter": "filters", "filter_length": "kernel_size", "subsample": "strides",
        "subsample_length": "strides", "border_mode": "padding", "dim_ordering": "data_format",
        "atrous_rate": "dilation_rate", "pool_length": "pool_size", "stride": "strides",
        "inner_activation": "recurrent_activation", "inner_init": "recurrent_initializer",
        "U_regularizer": "recurrent_regularizer", "b_regularizer": "bias_regularizer",
        "b_constraint": "bias_constraint",
        "dropout_W": "dropout", "dropout_U": "recurrent_dropout", "beta_init": "beta_initializer",
        "gamma_init": "gamma_initializer",
    ]

    /// The arguments whose new name depends on the class; those of other classes are under "".
    private static let ownNames: [String: [String: String]] = [
        "Embedding": [
            "init": "embeddings_initializer", "W_regularizer": "embeddings_regularizer",
            "W_constraint": "embeddings_constraint",
        ],
        "Dropout": ["p": "rate"], "SpatialDropout1D": ["p": "rate"], "SpatialDropout2D": ["p": "rate"],
        "SpatialDropout3D": ["p": "rate"], "GaussianDropout": ["p": "rate"], "GaussianNoise": ["sigma": "stddev"],
        "UpSampling1D": ["length": "size"], "PReLU": ["init": "alpha_initializer"],
        "": [
            "output_dim": "units", "init": "kernel_initializer", "W_regularizer": "kernel_regularizer",
            "W_constraint": "kernel_constraint",
        ],
    ]

    private static func modernize1(_ className: inout String, _ arguments: inout [String: ConfigurationValue]) {
        if className == "Merge" { modernizeMerge(&className, &arguments) }
        let names = Self.names.merging(ownNames[className] ?? ownNames[""]!) { $1 }
        for (old, new) in names where arguments[new] == nil {
            if let value = arguments.removeValue(forKey: old) { arguments[new] = value }
        }
        // A window has a list of its sizes.
        for sides in [["nb_row", "nb_col"], ["kernel_dim1", "kernel_dim2", "kernel_dim3"]] {
            let sizes = sides.compactMap { arguments[$0] }
            guard sizes.count == sides.count else { continue }
            for side in sides { arguments[side] = nil }
            arguments["kernel_size"] = .list(sizes)
        }
        let formats: [ConfigurationValue: ConfigurationValue] = [
            "tf": "channels_last", "th": "channels_first", "default": .null,
        ]
        if let format = arguments["data_format"].flatMap({ formats[$0] }) { arguments["data_format"] = format }
        if let bias = arguments.removeValue(forKey: "forget_bias_init") {
            arguments["unit_forget_bias"] = .bool(bias == "one")
        }
        // The first layer's own, which say the same as its `batch_input_shape`; how Keras computed a recurrence; and
        // arguments that change nothing if they are 0.
        for name in ["input_length", "consume_less"] + (className == "Embedding" ? [] : ["input_dim"]) {
            arguments[name] = nil
        }
        if let type = arguments.removeValue(forKey: "input_dtype"), className == "InputLayer" {
            arguments["dtype"] = type
        }
        for (owner, name) in [("Embedding", "dropout"), ("BatchNormalization", "mode")]
        where owner == className && [0, .null].contains(arguments[name]) {
            arguments[name] = nil
        }
        for (name, value) in arguments { arguments[name] = modernObject(value) }
    }

    /// Keras 1 named the class of a regularizer or a constraint among its arguments.
    private static func modernObject(_ value: ConfigurationValue) -> ConfigurationValue {
        guard var arguments = value.object, arguments["class_name"] == nil, let name = arguments["name"]?.string else {
            return value
        }
        let classes = ["WeightRegularizer": "L1L2", "L1L2Regularizer": "L1L2"]
        arguments["name"] = nil
        if let maximum = arguments.removeValue(forKey: "m") { arguments["max_value"] = maximum }
        return ["class_name": .string(classes[name] ?? name), "config": .object(arguments)]
    }

    /// The layer that merges in one of the modes of Keras 1's `Merge`.
    private static func modernizeMerge(_ className: inout String, _ arguments: inout [String: ConfigurationValue]) {
        let modes = [
            "sum": "Add", "mul": "Multiply", "ave": "Average", "max": "Maximum", "concat": "Concatenate", "dot": "Dot",
            "cos": "Dot",
        ]
        guard let mode = arguments["mode"]?.string, let modern = modes[mode] else { return }
        var kept = arguments.filter { ["name", "trainable"].contains($0.key) }
        if mode == "concat" { kept["axis"] = arguments["concat_axis"] }
        if modern == "Dot" {
            kept["axes"] = arguments["dot_axes"]
            kept["normalize"] = .bool(mode == "cos")
        }
        // As a first layer of a chain it has layers of its own.
        kept["layers"] = arguments["layers"]
        (className, arguments) = (modern, kept)
    }
}
