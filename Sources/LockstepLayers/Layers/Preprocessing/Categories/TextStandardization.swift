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
