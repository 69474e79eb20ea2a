/// What happens to a text before it is split, as in TensorFlow: letters and punctuation of ASCII alone are changed.
public enum TextStandardization: String, Sendable {
    case lowerAndStripPunctuation = "lower_and_strip_punctuation"
    case lower
    case stripPunctuation = "strip_punctuation"

    func apply(_ text: String) -> String {
        String(unsafeUninitializedCapacity: text.utf8.count) { buffer in
            var count = 0
            for byte in text.utf8 {
                if self != .lower, Self.isPunctuation(byte) { continue }
                let isUpper = self != .stripPunctuation && (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                buffer[count] = isUpper ? byte + 32 : byte
                count += 1
            }
            return count
        }
    }

    /// Whether a byte is one of ``!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~``.
    private static func isPunctuation(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: true
        default: false
        }
    }
}

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

/// Numbers of neighbouring tokens that are joined to one, with blanks between them.
///
///     TextVectorization(ngrams: 2)          // tokens, then pairs of them
///     TextVectorization(ngrams: [2, 3])     // pairs, then triples
public struct Ngrams: Hashable, Sendable, ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral {
    /// How many tokens are joined.
    public let widths: [Int]
    /// Whether they are all numbers up to one.
    private let isLimit: Bool

    /// All numbers of tokens up to this one.
    public init(upTo limit: Int) { (widths, isLimit) = (limit < 1 ? [] : Array(1...limit), true) }
    /// These numbers of tokens.
    public init(_ widths: [Int]) { (self.widths, isLimit) = (widths, false) }
    public init(integerLiteral value: Int) { self.init(upTo: value) }
    public init(arrayLiteral elements: Int...) { self.init(elements) }

    func joined(_ tokens: [String]) -> [String] {
        widths.flatMap { width in
            (0..<max(0, tokens.count - width + 1)).map { tokens[$0..<$0 + width].joined(separator: " ") }
        }
    }

    /// How many there are of some tokens.
    func count(of tokens: Int) -> Int { widths.reduce(0) { $0 + max(0, tokens - $1 + 1) } }
}

extension TextStandardization: ConfigurationConvertible {
    public init(_ argument: LayerArgument) throws(LayerError) {
        guard let value = argument.value.string.flatMap(Self.init(rawValue:)) else {
            throw argument.mismatch(
                "\"lower_and_strip_punctuation\", \"lower\", \"strip_punctuation\" or null; for a function of Python, "
                    + "apply it to the texts before, and save the layer with standardize=None")
        }
        self = value
    }
    public var configurationValue: ConfigurationValue { .string(rawValue) }
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

extension Ngrams: ConfigurationConvertible {
    public init(_ argument: LayerArgument) throws(LayerError) {
        if case .integer = argument.value { self.init(upTo: try Int(argument)) } else { self.init(try [Int](argument)) }
    }
    public var configurationValue: ConfigurationValue {
        isLimit ? .integer(widths.count) : widths.configurationValue
    }
}
