/// An argument of a layer, a loss or an optimizer, declared once.
///
///     @Configured public private(set) var useBias: Bool              // Keras's use_bias
///     @Configured("keepdims") public private(set) var keepDims: Bool
///
/// The class's initializer holds the defaults and assigns every argument. The declaration provides four things: reading
/// Keras's configuration, writing it, the comparison between ranks, and errors with the argument's name. A class must
/// assign its other properties before an argument with a given name.
@propertyWrapper
public struct Configured<Value: ConfigurationConvertible & Sendable>: DeclaredArgument, @unchecked Sendable {
    /// Shared by copies until one of them changes.
    private var box: Box
    fileprivate let givenName: String?
    private let isLeftOutIfNull: Bool

    private final class Box {
        // Layers read it in every step.
        @exclusivity(unchecked) var value: Value?

        init(_ value: Value?) { self.value = value }
    }

    /// An argument whose name is Keras's name in Swift spelling: `kernelInitializer` is `kernel_initializer`.
    public init(wrappedValue: Value) {
        box = Box(wrappedValue)
        (givenName, isLeftOutIfNull) = (nil, false)
    }

    /// - Parameter name: Keras's name of the argument.
    public init(_ name: String) {
        box = Box(nil)
        (givenName, isLeftOutIfNull) = (name, false)
    }

    /// - Parameter isLeftOutIfNull: whether files have no such argument if it is null. Keras's older versions do not
    ///   know it.
    public init(isLeftOutIfNull: Bool) {
        box = Box(nil)
        (givenName, self.isLeftOutIfNull) = (nil, isLeftOutIfNull)
    }

    public var wrappedValue: Value {
        get {
            guard let value = box.value else { preconditionFailure("the argument \(givenName ?? "") was not assigned") }
            return value
        }
        set { if isKnownUniquelyReferenced(&box) { box.value = newValue } else { box = Box(newValue) } }
    }

    fileprivate var convertible: any ConfigurationConvertible { wrappedValue }

    fileprivate var isLeftOut: Bool { isLeftOutIfNull && wrappedValue.configurationValue == .null }

    fileprivate func read(_ argument: LayerArgument) throws(LayerError) { box.value = try Value(argument) }
}

/// An argument of any type.
private protocol DeclaredArgument {
    /// Keras's name, if it differs from the property's name.
    var givenName: String? { get }
    var convertible: any ConfigurationConvertible { get }
    /// Whether files do not have it.
    var isLeftOut: Bool { get }
    /// Sets the argument of the object that declares it. The wrapper must have no copies yet.
    func read(_ argument: LayerArgument) throws(LayerError)
}

/// Arguments that several classes share. They are declared once, and each class has a property that holds them.
protocol ArgumentGroup {}

/// An object with arguments under Keras's names: a layer, a loss or an optimizer.
public protocol Configurable {
    /// Keras's class name; by default the name of the type.
    static var className: String { get }
    /// The arguments by Keras's names, as files hold them; by default the properties declared with `@Configured` and
    /// the `fixedArguments`. Ranks compare them before they train together.
    var configuration: [String: any ConfigurationConvertible] { get }
    /// Arguments of Keras for which only one value is supported. Files are written with this value, and any other value
    /// in a file is an error. By default none.
    static var fixedArguments: [String: ConfigurationValue] { get }
    /// Changes a file's arguments to the form of Keras 3, and removes those that make no difference here. By default it
    /// changes nothing.
    static func modernize(_ arguments: inout [String: ConfigurationValue])
    /// Makes the object from the arguments that have no default. The file's other arguments are read afterwards.
    ///
    /// - Throws: `LayerError.argument` or `LayerError.compiled` for an argument that is missing or of a wrong type.
    init(arguments: LayerArguments) throws(LayerError)
}

extension Configurable {
    public static var className: String { "\(Self.self)" }
    public static var fixedArguments: [String: ConfigurationValue] { [:] }
    public static func modernize(_ arguments: inout [String: ConfigurationValue]) {}
    /// For types of a program that are never read from files.
    public init(arguments: LayerArguments) throws(LayerError) { throw .notFromFiles(className: Self.className) }

    public var configuration: [String: any ConfigurationConvertible] { declaredConfiguration }

    /// The properties declared with `@Configured`, and the `fixedArguments`.
    var declaredConfiguration: [String: any ConfigurationConvertible] {
        var values: [String: any ConfigurationConvertible] = Self.fixedArguments
        for (name, argument) in declaredArguments(of: self) where !argument.isLeftOut {
            values[name] = argument.convertible
        }
        return values
    }
}

/// The properties of an object that are declared with `@Configured`, by Keras's names.
private func declaredArguments(of object: any Configurable) -> [(name: String, argument: any DeclaredArgument)] {
    properties(of: object).compactMap { property in
        guard let argument = property.value as? any DeclaredArgument else { return nil }
        return (property.name, argument)
    }
}

/// The properties of an object and of its argument groups, with or without `@Configured`, by Keras's names.
private func properties(of object: Any) -> [(name: String, value: Any)] {
    Mirror(reflecting: object).children.flatMap { child -> [(name: String, value: Any)] in
        if child.value is any ArgumentGroup { return properties(of: child.value) }
        // The wrapper of `units` is stored as `_units`.
        let name =
            (child.value as? any DeclaredArgument)?.givenName
            ?? snakeCase(String((child.label ?? "").drop { $0 == "_" }))
        return [(name, child.value)]
    }
}

/// The text that ranks compare for a loss or an optimizer: `Adam(learning_rate: 0.001, beta_1: 0.9, …)`. It has all
/// properties, with or without `@Configured`.
package func comparedText(_ object: any Configurable) -> String {
    let properties = properties(of: object).map { name, value in
        let declared = value as? any DeclaredArgument
        return "\(name): \(declared.map { "\($0.convertible.configurationValue)" } ?? "\(value)")"
    }
    return "\(type(of: object).className)(\(properties.joined(separator: ", ")))"
}

extension LayerArguments {
    /// Makes a layer of a class from these arguments, as `object(of:)`.
    func layer<Class: Layer>(of type: Class.Type) throws(LayerError) -> Class {
        let layer = try object(of: type)
        if type.takesDataFormat { layer.properties.dataFormat = try optional("data_format") ?? .channelsLast }
        return layer
    }

    /// Makes an object of a type from these arguments. `finish` checks the arguments that the type does not declare.
    ///
    /// - Throws: `LayerError.argument` or `LayerError.compiled` for an argument that is missing or of a wrong type.
    func object<Object: Configurable>(of type: Object.Type) throws(LayerError) -> Object {
        revise(type.modernize)
        let object = try type.init(arguments: self)
        for (name, declared) in declaredArguments(of: object) where has(name) { try declared.read(argument(name)) }
        return object
    }
}

extension ConfigurationValue: ConfigurationConvertible {
    public init(_ argument: LayerArgument) throws(LayerError) { self = argument.value }
    public var configurationValue: ConfigurationValue { self }
}

extension Optional: ConfigurationConvertible where Wrapped: ConfigurationConvertible {
    /// Null is nil.
    public init(_ argument: LayerArgument) throws(LayerError) {
        self = argument.value == .null ? nil : try Wrapped(argument)
    }
    public var configurationValue: ConfigurationValue { map(\.configurationValue) ?? .null }
}
