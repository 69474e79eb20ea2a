/// The object that arguments in a file belong to, with its name or its class.
public enum ConfigurationOwner: Equatable, Sendable {
    case layer(String)
    case optimizer(String)
    case loss(String)
    case metric(String)
    case schedule(String)
}

/// One argument of a layer, an optimizer, a loss or a metric, as a file holds it. It knows its name and its owner, so
/// that errors can name them.
public struct LayerArgument {
    public let value: ConfigurationValue
    /// The argument's name, after the names of the objects that it lies in: `"kernel_initializer.seed"`.
    public let name: String
    public let owner: ConfigurationOwner
    /// The major version of the Keras that wrote the file. Some names have different meanings in versions 2 and 3.
    public let kerasVersion: Int
    /// Makes the layers within the layer by their class names.
    package let registry: LayerRegistry

    /// The error for a value that does not meet a requirement.
    public func mismatch(_ requirement: String) -> LayerError {
        let text = "\(value)"
        let received = text.count > 200 ? text.prefix(200) + "…" : text
        switch owner {
        case .layer(let layer): return .argument(layer: layer, name: name, requirement: requirement, received: received)
        case .optimizer(let optimizer):
            return .compiled("optimizer \(optimizer)", name: name, requirement: requirement, received: received)
        case .loss(let loss): return .compiled("loss \(loss)", name: name, requirement: requirement, received: received)
        case .schedule(let schedule):
            return .compiled("schedule \(schedule)", name: name, requirement: requirement, received: received)
        case .metric(let metric):
            return .compiled("metric \(metric)", name: name, requirement: requirement, received: received)
        }
    }

    /// The class name and the arguments, if the value is a Keras object `{"class_name": …, "config": {…}}`; else nil.
    public func object() throws(LayerError) -> (className: String, arguments: LayerArguments)? {
        guard let className = value["class_name"]?.string else { return nil }
        let configuration = value["config"] ?? [:]
        guard let values = configuration.object else {
            throw LayerArgument(
                value: configuration, name: "\(name).config", owner: owner, kerasVersion: kerasVersion,
                registry: registry
            )
            .mismatch("an object")
        }
        return (
            className,
            LayerArguments(values, of: owner, prefix: "\(name).", kerasVersion: kerasVersion, registry: registry)
        )
    }
}

/// A type that an argument can have in a Keras file.
public protocol ConfigurationConvertible {
    /// - Throws: `LayerError.argument`, which names layer and argument, if the value has another type.
    init(_ argument: LayerArgument) throws(LayerError)
    var configurationValue: ConfigurationValue { get }
}

extension Bool: ConfigurationConvertible {
    public init(_ argument: LayerArgument) throws(LayerError) {
        guard case .bool(let value) = argument.value else { throw argument.mismatch("true or false") }
        self = value
    }
    public var configurationValue: ConfigurationValue { .bool(self) }
}

extension Int: ConfigurationConvertible {
    /// Reads a number of 32 bits, so that sums and products of a few numbers cannot overflow.
    public init(_ argument: LayerArgument) throws(LayerError) {
        guard case .integer(let value) = argument.value, Int32(exactly: value) != nil else {
            throw argument.mismatch("a whole number of 32 bits")
        }
        self = value
    }
    public var configurationValue: ConfigurationValue { .integer(self) }
}

extension UInt64: ConfigurationConvertible {
    /// Reads a seed. A negative number stands for the unsigned number with the same bits.
    public init(_ argument: LayerArgument) throws(LayerError) {
        guard case .integer(let value) = argument.value else { throw argument.mismatch("a whole number") }
        self = UInt64(bitPattern: Int64(value))
    }
    public var configurationValue: ConfigurationValue { .integer(Int(truncatingIfNeeded: self)) }
}

extension Double: ConfigurationConvertible {
    public init(_ argument: LayerArgument) throws(LayerError) {
        switch argument.value {
        case .integer(let value): self = Double(value)
        case .real(let value): self = value
        default: throw argument.mismatch("a number")
        }
    }
    public var configurationValue: ConfigurationValue { ConfigurationValue(self) }
}

extension Float: ConfigurationConvertible {
    public init(_ argument: LayerArgument) throws(LayerError) { self = Float(try Double(argument)) }
    /// The shortest decimal that means this float: 0.05, not 0.05000000074505806.
    public var configurationValue: ConfigurationValue { ConfigurationValue(Double("\(self)") ?? Double(self)) }
}

extension String: ConfigurationConvertible {
    public init(_ argument: LayerArgument) throws(LayerError) {
        guard case .string(let text) = argument.value else { throw argument.mismatch("a string") }
        self = text
    }
    public var configurationValue: ConfigurationValue { .string(self) }
}

extension Array: ConfigurationConvertible where Element: ConfigurationConvertible {
    public init(_ argument: LayerArgument) throws(LayerError) {
        // Keras writes arrays as objects.
        let isArray = ["__tensor__", "__numpy__"].contains(argument.value["class_name"]?.string)
        let list = isArray ? argument.value["config"]?["value"]?.list : argument.value.list
        guard let values = list else { throw argument.mismatch("a list") }
        self = []
        for value in values {
            append(
                try Element(
                    LayerArgument(
                        value: value, name: argument.name, owner: argument.owner, kerasVersion: argument.kerasVersion,
                        registry: argument.registry)))
        }
    }
    public var configurationValue: ConfigurationValue { .list(map(\.configurationValue)) }
}
