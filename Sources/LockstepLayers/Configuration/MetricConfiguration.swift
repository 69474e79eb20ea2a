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
                metrics.append(number == 0 ? metric : metric.named("\(metric.name)_\(number)"))
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
        let object = KerasObject(value)
        // A function has a name in small letters; its arguments, if any, lie beside it.
        guard let object, let function = MetricFunctions.ofClass(object.name) ?? MetricFunctions.named(object.name)
        else { throw .unknownName(kind: "metric", known: names, received: object?.name ?? "\(value)") }
        let name = object.arguments["name"]?.string ?? function.name
        let arguments = LayerArguments(object.arguments, of: .metric(name))
        for name in ["name", "fn"] { arguments.argument(name) }
        let result = try function.read(arguments)
        // Counts of Keras are whole numbers.
        if result.kerasType == "float32" { try arguments.requireFloat32() } else { arguments.argument("dtype") }
        try result.validate()
        try arguments.finish(result.configuration)
        return Metric(result, name: name)
    }

    /// The metric as Keras 3 writes it.
    ///
    /// - Throws: `LayerError.notForFiles` for a metric of a program's own.
    package func configurationValue() throws(LayerError) -> ConfigurationValue {
        // Keras chooses the kind of accuracy from the name, and adds the number itself if the name is taken.
        if function is AccuracyByShape {
            return .string(MetricFunctions.named(name) is AccuracyByShape ? name : "accuracy")
        }
        var arguments = function.configuration.mapValues(\.configurationValue)
        arguments["name"] = .string(name)
        arguments["dtype"] = .string(function.kerasType)
        if let metric = function as? LossMetric, metric.isFunction {
            guard (try? Losses.named(metric.kerasClass)) != nil else {
                throw .notForFiles(kind: "metric", className: type(of: metric.loss).className)
            }
            arguments["fn"] = [
                "module": "builtins", "class_name": "function", "config": .string(metric.kerasClass),
                "registered_name": "function",
            ]
            return KerasObject.value("keras.metrics", "MeanMetricWrapper", arguments)
        }
        guard let known = MetricFunctions.ofClass(function.kerasClass), type(of: known) == type(of: function) else {
            throw .notForFiles(kind: "metric", className: function.kerasClass)
        }
        return KerasObject.value("keras.metrics", function.kerasClass, arguments)
    }
}

extension MetricFunction {
    /// A function of this type with a file's arguments.
    fileprivate func read(_ arguments: LayerArguments) throws(LayerError) -> any MetricFunction {
        guard let metric = self as? LossMetric else { return try arguments.object(of: Self.self) }
        return LossMetric(try metric.loss.read(arguments))
    }
}

extension Loss {
    /// A loss of this type with a file's arguments.
    fileprivate func read(_ arguments: LayerArguments) throws(LayerError) -> any Loss {
        try arguments.object(of: Self.self)
    }
}
