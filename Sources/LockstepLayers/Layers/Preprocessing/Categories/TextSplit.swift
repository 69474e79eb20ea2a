/// How a text is split into tokens.
public enum TextSplit: String, Sendable {
    /// At blanks, tabs and line ends of ASCII; several count as one.
    case whitespace
    /// Into Unicode's scalars.
    case character

    func apply(_ text: String) -> [String] {
        switch self {
        case .whitespace:
            text.utf8.split { $0 == 0x20 || (0x09...0x0D).contains($0) }.map { String(Substring($0)) }
        case .character: text.unicodeScalars.map { String($0) }
        }
    }
}

extension TextSplit: ConfigurationConvertible {
    public init(_ argument: LayerArgument) throws(LayerError) {
        guard let value = argument.value.string.flatMap(Self.init(rawValue:)) else {
            throw argument.mismatch(
                "\"whitespace\", \"character\" or null; for a function of Python, join its tokens with blanks before, "
                    + "and save the layer with split=\"whitespace\"")
        }
        self = value
    }
    public var configurationValue: ConfigurationValue { .string(rawValue) }
}
