/// What a configuration of Keras's names, a class or a function, with its arguments. It comes as a name, as an object
/// of a class, as a function, or as a function that an object wraps.
struct KerasObject {
    let name: String
    let arguments: [String: ConfigurationValue]

    /// Nil if the value is none of these.
    init?(_ value: ConfigurationValue) {
        if let name = value.string {
            (self.name, arguments) = (name, [:])
            return
        }
        guard let className = value["class_name"]?.string else { return nil }
        let values = value["config"]?.object ?? [:]
        if className == "function" {
            guard let name = value["config"]?.string else { return nil }
            (self.name, arguments) = (name, [:])
        } else if ["LossFunctionWrapper", "MeanMetricWrapper"].contains(className),
            let function = values["fn"].flatMap(KerasObject.init)
        {
            (name, arguments) = (function.name, values)
        } else {
            // Something of a program's own may have a name that something of Keras's has too.
            let isKeras = value["module"].map { $0.string?.hasPrefix("keras") ?? false } ?? true
            name = isKeras ? className : value["registered_name"]?.string ?? className
            arguments = values
        }
    }

    /// An object as Keras 3 writes it.
    static func value(_ module: String, _ className: String, _ arguments: [String: ConfigurationValue])
        -> ConfigurationValue
    {
        [
            "module": .string(module), "class_name": .string(className), "config": .object(arguments),
            "registered_name": .null,
        ]
    }
}

extension LayerArguments {
    /// Checks the type in which an object computes.
    func requireFloat32() throws(LayerError) {
        let dtype = argument("dtype")
        let name = dtype.value["config"]?["name"] ?? dtype.value
        guard name == "float32" || name == .null else { throw dtype.mismatch("float32") }
    }
}
