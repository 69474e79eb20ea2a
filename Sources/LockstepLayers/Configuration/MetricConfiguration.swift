extension Metric {
    /// The metrics of Keras's configuration: null, one, or any of lists and of objects by the output's name within one another. One whose name
    /// is taken is reported under that with a number, as Keras does.
    ///
    /// - Throws: `LayerError.unknownName` that lists the metrics there are; `LayerError.compiled` for an argument that is not supported or of a
    ///   wrong type.
    package static func configured(_ value: ConfigurationValue) throws(LayerError) -> [Metric] {
        var metrics: [Metric] = []
        try append(value, to: &metrics)
        var counts: [String: Int] = [:]
        return metrics.map { metric in
            let number = counts[metric.name, default: 0]
            counts[metric.name] = number + 1
            return number == 0 ? metric : Metric(name: "\(metric.name)_\(number)", kind: metric.kind)
        }
    }

    private static func append(_ value: ConfigurationValue, to metrics: inout [Metric]) throws(LayerError) {
        if value == .null { return }
        if let values = value.list {
            for value in values { try append(value, to: &metrics) }
        } else if value["class_name"] == nil, let values = value.object {
            for (_, value) in values.sorted(by: { $0.key < $1.key }) { try append(value, to: &metrics) }
        } else {
            metrics.append(try one(value))
        }
    }

    private static func one(_ value: ConfigurationValue) throws(LayerError) -> Metric {
        if let name = value.string { return try named(name) }
        // Keras's class Accuracy is another metric than the name.
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
        // What Keras resolves has a name alone, and gets a number only among others.
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
