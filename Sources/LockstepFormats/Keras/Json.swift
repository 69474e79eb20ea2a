import LockstepLayers

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// JSON text of Keras's configurations. The library's parser refuses more than 512 nested objects and lists.
package enum Json {
    /// - Throws: `FormatError.notOfFormat`.
    package static func parse(_ bytes: [UInt8], file: String) throws(FormatError) -> ConfigurationValue {
        do {
            return try JSONDecoder().decode(ConfigurationValue.self, from: Data(bytes))
        } catch {
            // The library does not say which of these it is, or where.
            throw .notOfFormat(file: file, format: "JSON", reason: "the text is wrong, cut short, or nested too deep")
        }
    }

    /// JSON on one line, with names in order.
    ///
    /// It has its own writer, because the library writes 1.0 as 1. Keras reads this as an integer and refuses it for a
    /// floating-point argument.
    ///
    /// - Throws: `FormatError.notOfFormat` for a number that is not finite.
    package static func text(_ value: ConfigurationValue, file: String) throws(FormatError) -> String {
        var text = ""
        guard write(value, to: &text) else {
            throw .notOfFormat(file: file, format: "JSON", reason: "a number is not finite")
        }
        return text
    }

    /// Whether all numbers are finite.
    private static func write(_ value: ConfigurationValue, to text: inout String) -> Bool {
        switch value {
        case .null: text += "null"
        case .bool(let value): text += "\(value)"
        case .integer(let value): text += "\(value)"
        case .real(let value):
            guard value.isFinite else { return false }
            text += "\(value)"
        case .string(let value): write(value, to: &text)
        case .list(let values):
            text += "["
            for (index, value) in values.enumerated() {
                if index > 0 { text += "," }
                guard write(value, to: &text) else { return false }
            }
            text += "]"
        case .object(let values):
            text += "{"
            for (index, (name, value)) in values.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { text += "," }
                write(name, to: &text)
                text += ":"
                guard write(value, to: &text) else { return false }
            }
            text += "}"
        }
        return true
    }

    private static func write(_ string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case _ where scalar.value < 0x20:
                text += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}

extension ConfigurationValue: Decodable {
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
                // Minus zero is a whole number too, but for its sign.
                let isMinusZero = try value == 0 && scalar.decode(Double.self).sign == .minus
                self = isMinusZero ? .real(-0.0) : .integer(value)
            } else if let value = try? scalar.decode(String.self) {
                self = .string(value)
            } else {
                self.init(try scalar.decode(Double.self))
            }
        }
    }
}
