import LockstepLayers

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// JSON text, as Keras's configurations have it. The library's parser refuses more than 512 objects and lists within one another.
package enum Json {
    /// - Throws: `FormatError.notOfFormat`.
    package static func parse(_ bytes: [UInt8], file: String) throws(FormatError) -> ConfigurationValue {
        do {
            return try JSONDecoder().decode(ConfigurationValue.self, from: Data(bytes))
        } catch {
            // The library does not tell which of them, or where.
            throw .notOfFormat(file: file, format: "JSON", reason: "the text is wrong, cut short, or nested too deep")
        }
    }

    /// One line, names in order.
    ///
    /// - Throws: `FormatError.notOfFormat` for a number that is not finite.
    package static func text(_ value: ConfigurationValue, file: String) throws(FormatError) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(value), as: UTF8.self)
        } catch {
            throw .notOfFormat(file: file, format: "JSON", reason: "a number is not finite")
        }
    }
}

extension ConfigurationValue: Codable {
    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    public init(from decoder: any Decoder) throws {
        if var elements = try? decoder.unkeyedContainer() {
            var values: [ConfigurationValue] = []
            while !elements.isAtEnd { values.append(try elements.decode(ConfigurationValue.self)) }
            self = .list(values)
        } else if let members = try? decoder.container(keyedBy: Name.self) {
            self = .object(
                Dictionary(
                    uniqueKeysWithValues: try members.allKeys.map {
                        ($0.stringValue, try members.decode(ConfigurationValue.self, forKey: $0))
                    }))
        } else {
            let scalar = try decoder.singleValueContainer()
            if scalar.decodeNil() {
                self = .null
            } else if let value = try? scalar.decode(Bool.self) {
                self = .bool(value)
            } else if let value = try? scalar.decode(Int.self) {
                self = .integer(value)
            } else if let value = try? scalar.decode(String.self) {
                self = .string(value)
            } else {
                self.init(try scalar.decode(Double.self))
            }
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var scalar = encoder.singleValueContainer()
        switch self {
        case .null: try scalar.encodeNil()
        case .bool(let value): try scalar.encode(value)
        case .integer(let value): try scalar.encode(value)
        case .real(let value): try scalar.encode(value)
        case .string(let value): try scalar.encode(value)
        case .list(let values): try scalar.encode(values)
        case .object(let values): try scalar.encode(values)
        }
    }
}
