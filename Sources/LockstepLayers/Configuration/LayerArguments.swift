/// The arguments of a layer out of a file, by Keras's names, of an object within one, or of an optimizer, a loss or a
/// metric.
///
/// It remembers what it was asked for, so that an argument nobody understands is refused rather than ignored.
public final class LayerArguments {
    public let owner: ConfigurationOwner
    /// The major version of the Keras that wrote the file.
    public let kerasVersion: Int
    /// What knows the classes of layers within the layer.
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

    /// Whether there is an argument of this name, null too.
    func has(_ name: String) -> Bool { values[name] != nil }

    /// Changes the arguments.
    func revise(_ body: (inout [String: ConfigurationValue]) -> Void) { body(&values) }

    /// A required argument.
    ///
    /// - Throws: `LayerError.argument` that names layer and argument, if it is missing or something else.
    public func value<Value: ConfigurationConvertible>(_ name: String) throws(LayerError) -> Value {
        try Value(argument(name))
    }

    /// An argument with a default for where it is missing.
    ///
    /// - Throws: `LayerError.argument` that names layer and argument, if it is something else.
    public func value<Value: ConfigurationConvertible>(_ name: String, default: Value) throws(LayerError) -> Value {
        values[name] == nil ? `default` : try value(name)
    }

    /// An argument that may be missing or null.
    ///
    /// - Throws: `LayerError.argument` that names layer and argument, if it is something else.
    public func optional<Value: ConfigurationConvertible>(_ name: String) throws(LayerError) -> Value? {
        argument(name).value == .null ? nil : try value(name)
    }

    /// Whatever an argument is, null if it is missing, for arguments of several forms and those that make no difference
    /// here.
    @discardableResult
    public func argument(_ name: String) -> LayerArgument {
        asked.insert(name)
        return LayerArgument(
            value: values[name] ?? .null, name: prefix + name, owner: owner, kerasVersion: kerasVersion,
            registry: registry)
    }

    /// Checks an argument that only one value is supported of.
    ///
    /// - Throws: `LayerError.argument` if it is neither missing nor null nor this.
    public func require(_ name: String, _ only: ConfigurationValue) throws(LayerError) {
        let argument = argument(name)
        guard argument.value == .null || argument.value == only else { throw argument.mismatch("\(only)") }
    }

    /// Checks what every layer of Keras's has beside its own arguments: that it is of type float32.
    ///
    /// - Parameter isInput: an input may be of whole numbers too, which are held as floats.
    func requireCommon(isInput: Bool = false) throws(LayerError) {
        for name in ["name", "trainable"] { argument(name) }
        // Keras 2 wrote the input's shape into a first layer; the model reads it from there.
        argument("batch_input_shape")
        let dtype = argument("dtype")
        let name = dtype.value["config"]?["name"] ?? dtype.value
        let isNumber = isInput && ["int8", "uint8", "int16", "int32", "int64"].contains(name)
        guard name == "float32" || name == .null || isNumber else { throw dtype.mismatch("float32") }
    }

    /// Checks that what nobody asked for makes no difference: that it is null, or what `configuration` says.
    ///
    /// - Throws: `LayerError.argument` that names layer and argument.
    func finish(_ configuration: [String: any ConfigurationConvertible]) throws(LayerError) {
        if let error = mismatches(configuration).first { throw error }
    }

    /// What nobody asked for and makes a difference: what is neither null nor what `configuration` says, each as an
    /// error.
    func mismatches(_ configuration: [String: any ConfigurationConvertible]) -> [LayerError] {
        values.keys.sorted().filter { !asked.contains($0) }.compactMap { name in
            let only = configuration[name]?.configurationValue
            let argument = argument(name)
            guard argument.value != .null, argument.value != only else { return nil }
            return argument.mismatch(only.map { "\($0)" } ?? "null, for it is not supported")
        }
    }
}
