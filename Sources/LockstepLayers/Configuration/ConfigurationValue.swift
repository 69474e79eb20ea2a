/// A value of a layer's configuration, as Keras's `get_config()` returns it and as JSON can hold it.
///
/// Objects have no order: two objects are equal if they hold equal values under the same names.
public indirect enum ConfigurationValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    /// A number that is not whole, or too large for an `Int`.
    case real(Double)
    case string(String)
    case list([ConfigurationValue])
    case object([String: ConfigurationValue])

    /// A number, whole or not.
    public init(_ number: Double) { self = Int(exactly: number).map(Self.integer) ?? .real(number) }

    /// The value under a name; nil if this is not an object, or has no value of this name.
    public subscript(name: String) -> ConfigurationValue? {
        guard case .object(let values) = self else { return nil }
        return values[name]
    }

    public var string: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// A number, whole or not.
    public var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .real(let value): value
        default: nil
        }
    }

    public var list: [ConfigurationValue]? {
        guard case .list(let values) = self else { return nil }
        return values
    }

    public var object: [String: ConfigurationValue]? {
        guard case .object(let values) = self else { return nil }
        return values
    }
}

extension ConfigurationValue: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByStringLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int) { self = .integer(value) }
    public init(stringLiteral value: String) { self = .string(value) }
    public init(arrayLiteral elements: ConfigurationValue...) { self = .list(elements) }
    public init(dictionaryLiteral elements: (String, ConfigurationValue)...) {
        self = .object(Dictionary(elements) { $1 })
    }
}

extension ConfigurationValue: CustomStringConvertible {
    /// Similar to JSON, with the names in objects sorted, so that equal values have equal descriptions.
    public var description: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .real(let value): "\(value)"
        case .string(let text): "\"\(text)\""
        case .list(let values): "[" + values.map(\.description).joined(separator: ", ") + "]"
        case .object(let values):
            "{" + values.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \($0.value)" }.joined(separator: ", ") + "}"
        }
    }
}
