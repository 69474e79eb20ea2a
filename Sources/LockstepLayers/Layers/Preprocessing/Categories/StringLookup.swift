import LockstepCompute
import LockstepGraph

/// Replaces strings by their places in a vocabulary.
///
/// Input: text, `[batch, …]` of type `.string`; outputs as `CategoryOutput` says. In front of the vocabulary there is,
/// with `outputMode: .int` and a `maskToken`, the place 0 of that token, and then `numOovIndices` places of strings that
/// are not in the vocabulary, over which a hash spreads them: FarmHash's `Fingerprint64`, or SipHash-2-4 with a `salt`
/// as its key. Without such places a string that is not in the vocabulary is an error. With other outputs the mask token
/// counts nowhere. Strings are compared by their UTF-8.
///
/// The vocabulary is given, or found by `adapt`: the strings of some data from the most frequent on, of equally frequent
/// ones the last in the order of their bytes first. For `tfIdf` each place has a weight, as of `IntegerLookup`.
///
///     let city = Input([1], type: .string, name: "city")
///     let ids = StringLookup(vocabulary: ["Oslo", "Rome"])(city)
public final class StringLookup: Layer {
    public let properties: LayerProperties
    /// The most places that there may be, those in front of the vocabulary included.
    @Configured public private(set) var maxTokens: Int?
    @Configured public private(set) var numOovIndices: Int
    @Configured public private(set) var maskToken: String?
    /// Stands in a vocabulary for strings that are not in it.
    @Configured public private(set) var oovToken: String
    @Configured public private(set) var outputMode: CategoryOutput
    /// Whether outputs are as wide as `maxTokens`, whatever the vocabulary's size.
    @Configured public private(set) var padToMaxTokens: Bool
    @Configured public private(set) var salt: Salt?
    package let words = Words<TextToken>()

    public init(
        maxTokens: Int? = nil, numOovIndices: Int = 1, maskToken: String? = nil, oovToken: String = "[UNK]",
        vocabulary: [String]? = nil, idfWeights: [Double]? = nil, outputMode: CategoryOutput = .int,
        padToMaxTokens: Bool = false, salt: Salt? = nil, name: String = ""
    ) {
        self.maxTokens = maxTokens
        self.numOovIndices = numOovIndices
        self.maskToken = maskToken
        self.oovToken = oovToken
        self.outputMode = outputMode
        self.padToMaxTokens = padToMaxTokens
        self.salt = salt
        properties = LayerProperties(name: name)
        words.given = vocabulary?.map(TextToken.init)
        words.givenWeights = idfWeights
    }

    public static var fixedArguments: [String: ConfigurationValue] {
        ["sparse": false, "encoding": "utf-8", "invert": false, "oov_method": "floormod"]
    }
    public static var takesTextType: Bool { true }
    public static var takesIntegerTypes: Bool { true }

    public var configuration: [String: any ConfigurationConvertible] {
        declaredConfiguration.merging(vocabularyConfiguration) { $1 }
    }

    public static func modernize(_ arguments: inout [String: ConfigurationValue]) { removeSizes(&arguments) }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        self.init()
        if arguments.argument("invert").value == true {
            throw arguments.argument("invert").mismatch(
                "false: strings are not given by a model; look the numbers that it gives up in the vocabulary")
        }
        // It makes no difference for strings.
        arguments.argument("oov_method")
        try readVocabulary(arguments)
    }

    /// The vocabulary without the places in front of it; nil before `adapt`.
    public var vocabulary: [String]? { words.given.map { tokens(of: $0).map(\.string) } }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        try buildVocabulary(try singleText(inputs))
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] {
        [encoded(places: numbers(of: inputs[0], call))]
    }

    /// The vocabulary that Keras's `adapt` finds in data `[samples, …]`, and for `tfIdf` the tokens' weights.
    package func vocabulary(of data: Tensor) throws(LayerError) -> (tokens: [TextToken], weights: [Double]?) {
        let (strings, width) = (data.strings, data.shape.row.count)
        return try vocabulary(samples: data.rowCount) { (row) throws(LayerError) in
            strings[row * width..<(row + 1) * width].map(TextToken.init)
        }
    }
}

extension StringLookup: LookupLayer {
    package var mask: TextToken? { maskToken.map(TextToken.init) }
    package var oov: TextToken { TextToken(oovToken) }
    package var invert: Bool { false }
    package var hashesOov: Bool { true }
}

extension StringLookup: TextLayer {
    package var textRequirement: String { "strings of the vocabulary, because numOovIndices is 0" }
    package func numbersRow(of text: Shape, length: Int) -> Shape { text }

    package func appendNumbers(of row: ArraySlice<String>, to numbers: inout [Int32]) -> String? {
        let lookup = lookup
        for string in row {
            guard let number = lookup(TextToken(string)) else { return string }
            numbers.append(number)
        }
        return nil
    }
}
