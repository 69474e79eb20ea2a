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
    /// Shared with the operations, so that a later `adapt` reaches them.
    private let words = Words()
    /// The number of places that the layer was built for.
    private var builtSize: Int?

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
        var values = declaredConfiguration
        values["vocabulary"] = words.given
        values["idf_weights"] = words.givenWeights
        values["vocabulary_size"] = words.given.map { front + tokens(of: $0).count }
        return values
    }

    public static func modernize(_ arguments: inout [String: ConfigurationValue]) {
        // It follows from the vocabulary.
        arguments["vocabulary_size"] = nil
        arguments["has_input_vocabulary"] = nil
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        self.init()
        words.given = try arguments.optional("vocabulary")
        words.givenWeights = try arguments.optional("idf_weights")
    }

    /// The vocabulary without the places in front of it; nil before `adapt`.
    public var vocabulary: [Int]? { words.given.map { tokens(of: $0) } }

    /// Places of the mask token.
    private var masks: Int { maskToken != nil && outputMode == .int ? 1 : 0 }
    /// Places in front of the vocabulary.
    private var front: Int { masks + numOovIndices }

    /// A vocabulary without the tokens in front of it, which may be given too.
    private func tokens(of given: [Int]) -> [Int] {
        let special = Array(repeating: maskToken ?? 0, count: masks) + Array(repeating: oovToken, count: numOovIndices)
        return special.isEmpty || !given.starts(with: special) ? given : Array(given.dropFirst(special.count))
    }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        let input = try single(inputs)
        try check(outputMode, of: input, among: [.int, .oneHot, .multiHot, .count, .tfIdf])
        func wrong(_ argument: String, _ requirement: String, _ received: String) -> LayerError {
            .argument(layer: name, name: argument, requirement: requirement, received: received)
        }
        guard numOovIndices >= 0 else { throw wrong("numOovIndices", "0 or more", "\(numOovIndices)") }
        if let maxTokens, maxTokens <= 1 { throw wrong("maxTokens", "larger than 1", "\(maxTokens)") }
        guard !padToMaxTokens || maxTokens != nil else { throw wrong("maxTokens", "given for padToMaxTokens", "none") }
        guard !invert || outputMode == .int else { throw wrong("outputMode", "int for invert", outputMode.rawValue) }
        guard salt == nil || oovMethod == .farmhash else {
            throw wrong("oovMethod", "farmhash for a salt", oovMethod.rawValue)
        }
        guard let given = words.given, !given.isEmpty else {
            throw wrong("vocabulary", "given, or found by adapt before the model is built", "none")
        }
        try take(vocabulary: given, weights: words.givenWeights)
        builtSize = front + tokens(of: given).count
    }

    /// Uses a vocabulary from now on.
    ///
    /// - Parameter weights: for `tfIdf`, one for each token.
    /// - Throws: `LayerError.argument` if the vocabulary does not fit the arguments, or the model that has the layer.
    package func take(vocabulary given: [Int], weights: [Double]?) throws(LayerError) {
        func wrong(_ argument: String, _ requirement: String, _ received: String) -> LayerError {
            .argument(layer: name, name: argument, requirement: requirement, received: received)
        }
        let tokens = tokens(of: given)
        var seen: Set<Int> = []
        for token in tokens where !seen.insert(token).inserted {
            throw wrong("vocabulary", "numbers that differ", "\(token) twice")
        }
        for (argument, token) in [("maskToken", maskToken), ("oovToken", invert ? oovToken : nil)] {
            if let token, seen.contains(token) { throw wrong("vocabulary", "without the \(argument)", "\(token)") }
        }
        guard tokens.allSatisfy({ Int32(exactly: $0) != nil }) else {
            throw wrong("vocabulary", "numbers of 32 bits", "\(tokens.first { Int32(exactly: $0) == nil } ?? 0)")
        }
        let size = front + tokens.count
        if let maxTokens, size > maxTokens {
            throw wrong("vocabulary", "with at most maxTokens \(maxTokens) places", "\(size)")
        }
        guard (outputMode == .tfIdf) == (weights != nil) else {
            throw wrong("idfWeights", "given for tf_idf and for nothing else", weights == nil ? "none" : "\(weights!)")
        }
        if let weights, weights.count != given.count {
            throw wrong("idfWeights", "\(given.count) numbers, as the vocabulary has", "\(weights.count)")
        }
        if let builtSize, builtSize != size, outputMode != .int, !padToMaxTokens {
            throw wrong("vocabulary", "\(builtSize) places, as the model has them", "\(size)")
        }
        words.given = given
        words.givenWeights = weights
        words.places = Dictionary(uniqueKeysWithValues: zip(tokens, (front...).lazy.map { Int32($0) }))
        words.tokens = tokens.map { Int32($0) }
    }

    /// The weight of each place, for `tfIdf`.
    private var placeWeights: [Float] {
        let (given, weights) = (words.given ?? [], words.givenWeights ?? [])
        let isFull = tokens(of: given).count != given.count
        let mean = weights.reduce(0, +) / Double(max(weights.count, 1))
        let all = Array(repeating: mean, count: isFull ? 0 : front) + weights
        return (all + Array(repeating: 0, count: max(0, depth - all.count))).map { Float($0) }
    }

    /// The weights of all places, as Keras's files have them beside the configuration; nil without `tfIdf`.
    package var idfWeights: Tensor? { outputMode == .tfIdf && words.given != nil ? Tensor(placeWeights) : nil }

    private var depth: Int { padToMaxTokens ? maxTokens ?? 0 : builtSize ?? 0 }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] {
        let numbers = inputs[0].applying(invert ? inverse : lookup)[0]
        guard outputMode == .tfIdf else { return [encoded(numbers, as: outputMode, depth: depth)] }
        return [encoded(numbers, as: .count, depth: depth) * Tensor(placeWeights)]
    }

    private var lookup: NumberingOperation {
        let (words, masks, oov) = (words, masks, numOovIndices)
        let (maskToken, method, salt, isInt) = (maskToken, oovMethod, salt, outputMode == .int)
        return NumberingOperation(requirement: "whole numbers of the vocabulary") { element in
            guard let number = Int(exactly: element(0).rounded(.towardZero)) else { return nil }
            // A place that no category has.
            if number == maskToken { return isInt ? 0 : -1 }
            if let place = words.places[number] { return place }
            switch (oov, method) {
            case (0, _): return nil
            case (1, _): return Int32(masks)
            case (_, .floormod): return Int32(masks + (number % oov + oov) % oov)
            case (_, .farmhash): return Int32(masks) + Int32(Salt.hash(Int64(number), salt) % UInt64(oov))
            }
        }
    }

    private var inverse: NumberingOperation {
        let (words, front, masks) = (words, front, masks)
        let (maskToken, oovToken) = (Int32(maskToken ?? 0), Int32(oovToken))
        return NumberingOperation(requirement: "whole numbers") { element in
            guard let place = Int(exactly: element(0).rounded(.towardZero)) else { return nil }
            if place == 0, masks == 1 { return maskToken }
            return place >= front && place - front < words.tokens.count ? words.tokens[place - front] : oovToken
        }
    }

    /// The vocabulary that Keras's `adapt` finds in data `[samples, …]`, and for `tfIdf` the tokens' weights.
    package func vocabulary(of data: Tensor) throws(LayerError) -> (tokens: [Int], weights: [Double]?) {
        let width = data.shape.row.count
        var (counts, samples): ([Int: Int], [Int: Int]) = ([:], [:])
        for row in 0..<data.rowCount {
            var seen: Set<Int> = []
            for place in row * width..<(row + 1) * width {
                guard let token = Int(exactly: data.number(at: place)) else {
                    throw .argument(
                        layer: name, name: "the data of adapt", requirement: "whole numbers",
                        received: "\(data.number(at: place))")
                }
                counts[token, default: 0] += 1
                if seen.insert(token).inserted { samples[token, default: 0] += 1 }
            }
        }
        for token in [maskToken, oovToken] where token != nil { counts[token!] = nil }
        let sorted = counts.sorted { ($0.value, $0.key) > ($1.value, $1.key) }.map(\.key)
        let tokens = Array(sorted.prefix(maxTokens.map { max(0, $0 - front) } ?? sorted.count))
        guard outputMode == .tfIdf else { return (tokens, nil) }
        return (
            tokens,
            tokens.map { token in inverseFrequency(samples: samples[token] ?? 0, of: data.rowCount) }
        )
    }

    /// What the layer knows of its vocabulary.
    private final class Words: @unchecked Sendable {
        /// As an argument, or `adapt`, gave it.
        var given: [Int]?
        /// For each of `given`, for `tfIdf`.
        var givenWeights: [Double]?
        /// The places of the tokens.
        var places: [Int: Int32] = [:]
        /// The tokens from the first place behind those in front on.
        var tokens: [Int32] = []
    }
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
