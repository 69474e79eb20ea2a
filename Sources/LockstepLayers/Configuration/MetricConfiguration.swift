extension Metric {
    /// The metrics of a Keras configuration: null, one metric, or nested lists and objects by output name. As in Keras,
    /// a metric whose name is taken is reported with a number appended.
    ///
    /// - Returns: the metrics that are supported, and an error for each other metric: `LayerError.unknownName`, which
    ///   lists the known metrics, or `LayerError.compiled` for an argument that is not supported or of a wrong type.
    package static func configured(_ value: ConfigurationValue) -> (metrics: [Metric], unsupported: [LayerError]) {
        var metrics: [Metric] = []
        var unsupported: [LayerError] = []
        var counts: [String: Int] = [:]
        for value in flattened(value) {
            do throws(LayerError) {
                let metric = try one(value)
                let number = counts[metric.name, default: 0]
                counts[metric.name] = number + 1
                metrics.append(number == 0 ? metric : Metric(name: "\(metric.name)_\(number)", kind: metric.kind))
            } catch {
                unsupported.append(error)
            }
        }
        return (metrics, unsupported)
    }

    private static func flattened(_ value: ConfigurationValue) -> [ConfigurationValue] {
        if value == .null { return [] }
        if let values = value.list { return values.flatMap(flattened) }
        guard value["class_name"] == nil, let values = value.object else { return [value] }
        return values.sorted { $0.key < $1.key }.flatMap { flattened($0.value) }
    }

    private static func one(_ value: ConfigurationValue) throws(LayerError) -> Metric {
        if let name = value.string { return try named(name) }
        // Keras's class `Accuracy` is a different metric than the name "accuracy".
        guard let object = KerasObject(value), let kind = named[snakeCase(object.name)], kind != .accuracy else {
            throw .unknownName(kind: "metric", known: names, received: KerasObject(value)?.name ?? "\(value)")
        }
        let name = object.arguments["name"]?.string ?? snakeCase(object.name)
        let arguments = LayerArguments(object.arguments, of: .metric(name))
        for name in ["name", "fn"] { arguments.argument(name) }
        try arguments.requireFloat32()
        try arguments.require("threshold", .real(0.5))
        try arguments.finish([:])
        return Metric(name: name, kind: kind)
    }

    /// The metric as Keras 3 writes it.
    package var configurationValue: ConfigurationValue {
        switch kind {
        // Keras resolves "accuracy" from the name alone, and adds the number itself if the name is taken.
        case .accuracy: .string((try? Self.named(name))?.kind == kind ? name : "accuracy")
        case .binaryAccuracy: object("BinaryAccuracy")
        case .categoricalAccuracy: object("CategoricalAccuracy")
        case .sparseCategoricalAccuracy: object("SparseCategoricalAccuracy")
        case .meanSquaredError: object("MeanSquaredError")
        case .meanAbsoluteError: object("MeanAbsoluteError")
        }
    }

    private func object(_ className: String) -> ConfigurationValue {
        KerasObject.value("keras.metrics", className, ["name": .string(name), "dtype": "float32"])
    }
}
