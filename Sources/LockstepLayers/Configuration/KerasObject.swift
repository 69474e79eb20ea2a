/// A class or a function that a Keras configuration names, with its arguments. The configuration gives it in one of
/// four forms: a name, an object of a class, a function, or an object that wraps a function.
struct KerasObject {
    let name: String
    let arguments: [String: ConfigurationValue]

    /// Nil if the value has none of these forms.
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
            // A program's own class may have the name of a Keras class. Its registered name tells them apart.
            name = value.isOfKeras ? className : value["registered_name"]?.string ?? className
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

extension ConfigurationValue {
    /// Whether an object's class is one of Keras's. Keras 2 did not say so.
    package var isOfKeras: Bool { self["module"].map { $0.string?.hasPrefix("keras") ?? false } ?? true }
}

extension LayerArguments {
    /// Checks that an object computes in float32.
    func requireFloat32() throws(LayerError) {
        let dtype = argument("dtype")
        let name = dtype.value["config"]?["name"] ?? dtype.value
        guard name == "float32" || name == .null else { throw dtype.mismatch("float32") }
    }
}
