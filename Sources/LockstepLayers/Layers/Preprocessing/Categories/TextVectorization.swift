import LockstepCompute
import LockstepGraph

/// Cuts texts into tokens and replaces these by their places in a vocabulary.
///
/// Input: text, `[batch, 1]` of type `.string`, or `[batch, n]` with `split: nil`. A text is standardized and split as
/// `TextStandardization` and `TextSplit` say; with `ngrams`, neighbouring tokens are joined. With `outputMode: .int` the
/// place 0 fills up short texts, 1 is for tokens that are not in the vocabulary; the output is
/// `[batch, outputSequenceLength]`. Without this length all texts of a call of the model are as long as the longest of
/// them; Keras takes the longest of each batch. With other outputs, as `CategoryOutput` says, the place 0 is for tokens
/// that are not in the vocabulary, and the output is `[batch, places]`.
///
/// The vocabulary is given, or found by `adapt`, as that of `StringLookup`.
///
///     let vectorization = TextVectorization(maxTokens: 10_000, outputSequenceLength: 80)
///     try vectorization.adapt(reviews)
///     let model = Sequential([vectorization, Embedding(10_000, 32), GlobalAveragePooling1D(), Dense(1)])
public final class TextVectorization: Layer {
    public let properties: LayerProperties
    /// The most places that there may be, those in front of the vocabulary included.
    @Configured public private(set) var maxTokens: Int?
    @Configured public private(set) var standardize: TextStandardization?
    @Configured public private(set) var split: TextSplit?
    @Configured public private(set) var ngrams: Ngrams?
    @Configured public private(set) var outputMode: CategoryOutput
    @Configured public private(set) var outputSequenceLength: Int?
    /// Whether outputs are as wide as `maxTokens`, whatever the vocabulary's size.
    @Configured public private(set) var padToMaxTokens: Bool
    package let words = Words<TextToken>()

    public init(
        maxTokens: Int? = nil, standardize: TextStandardization? = .lowerAndStripPunctuation,
        split: TextSplit? = .whitespace, ngrams: Ngrams? = nil, outputMode: CategoryOutput = .int,
        outputSequenceLength: Int? = nil, padToMaxTokens: Bool = false, vocabulary: [String]? = nil,
        idfWeights: [Double]? = nil, name: String = ""
    ) {
        self.maxTokens = maxTokens
        self.standardize = standardize
        self.split = split
        self.ngrams = ngrams
        self.outputMode = outputMode
        self.outputSequenceLength = outputSequenceLength
        self.padToMaxTokens = padToMaxTokens
        properties = LayerProperties(name: name)
        words.given = vocabulary?.map(TextToken.init)
        words.givenWeights = idfWeights
    }

    public static var fixedArguments: [String: ConfigurationValue] {
        ["sparse": false, "ragged": false, "encoding": "utf-8"]
    }
    public static var takesTextType: Bool { true }

    public var configuration: [String: any ConfigurationConvertible] {
        declaredConfiguration.merging(vocabularyConfiguration) { $1 }
    }

    public static func modernize(_ arguments: inout [String: ConfigurationValue]) { removeSizes(&arguments) }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        self.init()
        try readVocabulary(arguments)
    }

    /// The vocabulary without the places in front of it; nil before `adapt`.
    public var vocabulary: [String]? { words.given.map { tokens(of: $0).map(\.string) } }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        let row = try singleText(inputs)
        guard split == nil || row == [1] || row == [] else {
            throw .input(layer: name, requirement: "have rows of one text to split", received: row)
        }
        if let outputSequenceLength, outputSequenceLength < 1 || outputMode != .int {
            throw .argument(
                layer: name, name: "outputSequenceLength",
                requirement: outputMode == .int ? "positive" : "nil for \(outputMode.rawValue)",
                received: "\(outputSequenceLength)")
        }
        if let ngrams, ngrams.widths.isEmpty || ngrams.widths.contains(where: { $0 < 1 }) {
            throw .argument(
                layer: name, name: "ngrams", requirement: "one positive number or more", received: "\(ngrams.widths)")
        }
        try buildVocabulary(numbersRow(of: row, length: 1))
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] {
        [encoded(places: numbers(of: inputs[0], call))]
    }

    /// The tokens of the texts of a row.
    private func tokens(ofRow texts: ArraySlice<String>) -> [String] {
        let standard = standardize.map { standardize in texts.map(standardize.apply) } ?? Array(texts)
        let tokens = split.map { split in standard.flatMap(split.apply) } ?? standard
        return ngrams?.joined(tokens) ?? tokens
    }

    /// The vocabulary that Keras's `adapt` finds in data `[samples, …]`, and for `tfIdf` the tokens' weights.
    package func vocabulary(of data: Tensor) throws(LayerError) -> (tokens: [TextToken], weights: [Double]?) {
        let (strings, width) = (data.strings, data.shape.row.count)
        guard split == nil || width == 1 else {
            throw .input(layer: name, requirement: "have rows of one text to split", received: data.shape.row)
        }
        return try vocabulary(samples: data.rowCount) { (row) throws(LayerError) in
            tokens(ofRow: strings[row * width..<(row + 1) * width]).map(TextToken.init)
        }
    }
}

extension TextVectorization: LookupLayer {
    package var numOovIndices: Int { 1 }
    package var mask: TextToken? { TextToken("") }
    package var oov: TextToken { TextToken("[UNK]") }
    package var invert: Bool { false }
    package var salt: Salt? { nil }
    package var hashesOov: Bool { true }
}

extension TextVectorization: TextLayer {
    package var isLengthKnown: Bool { outputSequenceLength != nil || split == nil }
    /// A place that no category has, except among the places themselves.
    package var padding: Int32 { outputMode == .int ? 0 : -1 }
    package var textRequirement: String { "text" }

    package func numbersRow(of text: Shape, length: Int) -> Shape {
        let known = split == nil ? ngrams?.count(of: text.count) ?? text.count : length
        return [outputSequenceLength ?? known]
    }

    package func appendNumbers(of row: ArraySlice<String>, to numbers: inout [Int32]) -> String? {
        let lookup = lookup
        for token in tokens(ofRow: row) { numbers.append(lookup(TextToken(token)) ?? padding) }
        return nil
    }
}
