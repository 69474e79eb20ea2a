/// The arguments in a file, by Keras's names. They belong to a layer, an object within a layer, an optimizer, a loss or
/// a metric.
///
/// The object remembers which arguments were read, so that an unknown argument is an error and not ignored.
public final class LayerArguments {
    public let owner: ConfigurationOwner
    /// The major version of the Keras that wrote the file.
    public let kerasVersion: Int
    /// Makes the layers within the layer by their class names.
    package let registry: LayerRegistry
    private let prefix: String
    private var values: [String: ConfigurationValue]
    private var asked: Set<String> = []

    public convenience init(
        _ values: [String: ConfigurationValue], of owner: ConfigurationOwner, prefix: String = "", kerasVersion: Int = 3
    ) {
        self.init(values, of: owner, prefix: prefix, kerasVersion: kerasVersion, registry: LayerRegistry())
    }

    package init(
        _ values: [String: ConfigurationValue], of owner: ConfigurationOwner, prefix: String = "", kerasVersion: Int,
        registry: LayerRegistry
    ) {
        self.values = values
        self.owner = owner
        self.kerasVersion = kerasVersion
        self.registry = registry
        self.prefix = prefix
    }

    /// Whether there is an argument of this name. It may be null.
    func has(_ name: String) -> Bool { values[name] != nil }

    /// Changes the arguments.
    func revise(_ body: (inout [String: ConfigurationValue]) -> Void) { body(&values) }

    /// A required argument.
    ///
    /// - Throws: `LayerError.argument`, which names layer and argument, if it is missing or has another type.
    public func value<Value: ConfigurationConvertible>(_ name: String) throws(LayerError) -> Value {
        try Value(argument(name))
    }

    /// An argument, or the default if it is missing.
    ///
    /// - Throws: `LayerError.argument`, which names layer and argument, if it has another type.
    public func value<Value: ConfigurationConvertible>(_ name: String, default: Value) throws(LayerError) -> Value {
        values[name] == nil ? `default` : try value(name)
    }

    /// An argument that may be missing or null.
    ///
    /// - Throws: `LayerError.argument`, which names layer and argument, if it has another type.
    public func optional<Value: ConfigurationConvertible>(_ name: String) throws(LayerError) -> Value? {
        argument(name).value == .null ? nil : try value(name)
    }

    /// An argument of any type; null if it is missing. For arguments of several forms, and for arguments that make no
    /// difference here.
    @discardableResult
    public func argument(_ name: String) -> LayerArgument {
        asked.insert(name)
        return LayerArgument(
            value: values[name] ?? .null, name: prefix + name, owner: owner, kerasVersion: kerasVersion,
            registry: registry)
    }

    /// Checks an argument for which only one value is supported.
    ///
    /// - Throws: `LayerError.argument` if it is not missing, not null, and not this value.
    public func require(_ name: String, _ only: ConfigurationValue) throws(LayerError) {
        let argument = argument(name)
        guard argument.value == .null || argument.value == only else { throw argument.mismatch("\(only)") }
    }

    /// Checks the arguments that every Keras layer has beside its own: its type must be float32.
    ///
    /// - Parameters:
    ///   - takesIntegers: whether the type may also be one of whole numbers.
    ///   - takesText: whether the type may also be text.
    func requireCommon(takesIntegers: Bool = false, takesText: Bool = false) throws(LayerError) {
        for name in ["name", "trainable"] { argument(name) }
        // Keras 2 wrote the input's shape into a first layer; the model reads it from there.
        argument("batch_input_shape")
        let dtype = argument("dtype")
        let name = dtype.value["config"]?["name"] ?? dtype.value
        let isNumber =
            takesIntegers && ["int8", "uint8", "int16", "int32", "int64"].contains(name)
        let isText = takesText && name == "string"
        guard name == "float32" || name == .null || isNumber || isText else { throw dtype.mismatch("float32") }
    }

    /// Checks that the arguments that were not read make no difference: each is null, or equal to its value in
    /// `configuration`.
    ///
    /// - Throws: `LayerError.argument`, which names layer and argument.
    func finish(_ configuration: [String: any ConfigurationConvertible]) throws(LayerError) {
        if let error = mismatches(configuration).first { throw error }
    }

    /// One error for each argument that was not read and makes a difference: it is not null, and not equal to its value
    /// in `configuration`.
    func mismatches(_ configuration: [String: any ConfigurationConvertible]) -> [LayerError] {
        values.keys.sorted().filter { !asked.contains($0) }.compactMap { name in
            let only = configuration[name]?.configurationValue
            let argument = argument(name)
            guard argument.value != .null, argument.value != only else { return nil }
            return argument.mismatch(only.map { "\($0)" } ?? "null, for it is not supported")
        }
    }
}
