import LockstepCompute
import LockstepGraph

/// Replaces whole numbers by their places in a vocabulary, or, with `invert`, places by the numbers there.
///
/// Input `[batch, …]`; outputs as `CategoryOutput` says. In front of the vocabulary there is, with `outputMode: .int`
/// and a `maskToken`, the place 0 of that token, and then `numOovIndices` places of numbers that are not in the
/// vocabulary. Such a number n has of these the place `n mod numOovIndices`, or with `oovMethod: .farmhash` that of a
/// hash. Without such places it is an error of the step. With other outputs the mask token counts nowhere.
///
/// The vocabulary is given, or found by `adapt`: the numbers of some data from the most frequent on, of equally
/// frequent ones the largest first. For `tfIdf` each place has a weight, which is given with the vocabulary, or is
/// `ln(1 + N / (1 + samples with the number))` of the N samples of the data. Places in front have the mean of the
/// weights.
///
///     let ids = IntegerLookup(vocabulary: [12, 36, 1138, 42])
public final class IntegerLookup: Layer {
    /// How numbers that are not in the vocabulary are spread over their places.
    public enum OovMethod: String, Sendable { case floormod, farmhash }

    public let properties: LayerProperties
    /// The most places that there may be, those in front of the vocabulary included.
    @Configured public private(set) var maxTokens: Int?
    @Configured public private(set) var numOovIndices: Int
    @Configured public private(set) var maskToken: Int?
    /// What `invert` gives for places outside the vocabulary.
    @Configured public private(set) var oovToken: Int
    @Configured public private(set) var invert: Bool
    @Configured public private(set) var outputMode: CategoryOutput
    /// Whether outputs are as wide as `maxTokens`, whatever the vocabulary's size.
    @Configured public private(set) var padToMaxTokens: Bool
    @Configured public private(set) var oovMethod: OovMethod
    @Configured public private(set) var salt: Salt?
    package let words = Words<Int>()

    public init(
        maxTokens: Int? = nil, numOovIndices: Int = 1, maskToken: Int? = nil, oovToken: Int = -1,
        vocabulary: [Int]? = nil, idfWeights: [Double]? = nil, invert: Bool = false, outputMode: CategoryOutput = .int,
        padToMaxTokens: Bool = false, oovMethod: OovMethod = .floormod, salt: Salt? = nil, name: String = ""
    ) {
        self.maxTokens = maxTokens
        self.numOovIndices = numOovIndices
        self.maskToken = maskToken
        self.oovToken = oovToken
        self.invert = invert
        self.outputMode = outputMode
        self.padToMaxTokens = padToMaxTokens
        self.oovMethod = oovMethod
        self.salt = salt
        properties = LayerProperties(name: name)
        words.given = vocabulary
        words.givenWeights = idfWeights
    }

    public static var fixedArguments: [String: ConfigurationValue] {
        ["sparse": false, "vocabulary_dtype": "int64"]
    }
    public static var takesIntegerTypes: Bool { true }

    public var configuration: [String: any ConfigurationConvertible] {
        declaredConfiguration.merging(vocabularyConfiguration) { $1 }
    }

    public static func modernize(_ arguments: inout [String: ConfigurationValue]) { removeSizes(&arguments) }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        self.init()
        try readVocabulary(arguments)
    }

    /// The vocabulary without the places in front of it; nil before `adapt`.
    public var vocabulary: [Int]? { words.given.map { tokens(of: $0) } }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        try buildVocabulary(try single(inputs))
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] {
        [encoded(places: inputs[0].applying(invert ? inverse : numbering)[0])]
    }

    private var numbering: NumberingOperation {
        let lookup = lookup
        return NumberingOperation(requirement: "whole numbers of the vocabulary") { element in
            Int(exactly: element(0).rounded(.towardZero)).flatMap(lookup)
        }
    }

    private var inverse: NumberingOperation {
        let (words, front, masks) = (words, front, masks)
        let (maskToken, oovToken) = (Int32(maskToken ?? 0), Int32(oovToken))
        return NumberingOperation(requirement: "whole numbers") { element in
            guard let place = Int(exactly: element(0).rounded(.towardZero)) else { return nil }
            if place == 0, masks == 1 { return maskToken }
            return place >= front && place - front < words.tokens.count ? Int32(words.tokens[place - front]) : oovToken
        }
    }

    /// The vocabulary that Keras's `adapt` finds in data `[samples, …]`, and for `tfIdf` the tokens' weights.
    package func vocabulary(of data: Tensor) throws(LayerError) -> (tokens: [Int], weights: [Double]?) {
        let width = data.shape.row.count
        return try vocabulary(samples: data.rowCount) { (row) throws(LayerError) in
            var tokens: [Int] = []
            for place in row * width..<(row + 1) * width {
                guard let token = Int(exactly: data.number(at: place)) else {
                    throw .argument(
                        layer: name, name: "the data of adapt", requirement: "whole numbers",
                        received: "\(data.number(at: place))")
                }
                tokens.append(token)
            }
            return tokens
        }
    }
}

extension IntegerLookup: LookupLayer {
    package var mask: Int? { maskToken }
    package var oov: Int { oovToken }
    package var hashesOov: Bool { oovMethod == .farmhash }
}

extension IntegerLookup.OovMethod: ConfigurationConvertible {
    public init(_ argument: LayerArgument) throws(LayerError) {
        guard let method = argument.value.string.flatMap(Self.init(rawValue:)) else {
            throw argument.mismatch("\"floormod\" or \"farmhash\"")
        }
        self = method
    }
    public var configurationValue: ConfigurationValue { .string(rawValue) }
}
