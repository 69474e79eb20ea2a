import LockstepCompute
import LockstepGraph

/// A layer that replaces tokens by their places in a vocabulary.
///
/// In front of the vocabulary there are the place of the mask token, if the layer gives the places themselves, and the
/// places of tokens that are not in the vocabulary.
package protocol LookupLayer: Layer {
    associatedtype Token: LookupToken
    var maxTokens: Int? { get }
    var numOovIndices: Int { get }
    var mask: Token? { get }
    var oov: Token { get }
    var invert: Bool { get }
    var outputMode: CategoryOutput { get }
    var padToMaxTokens: Bool { get }
    var salt: Salt? { get }
    /// Whether tokens outside the vocabulary are spread over their places by a hash.
    var hashesOov: Bool { get }
    var words: Words<Token> { get }
}

/// What a layer knows of its vocabulary. Shared with the operations, so that a later `adapt` reaches them.
package final class Words<Token: LookupToken>: @unchecked Sendable {
    /// As an argument, or `adapt`, gave it.
    var given: [Token]?
    /// For each of `given`, for `tfIdf`.
    var givenWeights: [Double]?
    /// The places of the tokens.
    var places: [Token: Int32] = [:]
    /// The tokens from the first place behind those in front on.
    var tokens: [Token] = []
    /// The number of places that the layer was built for.
    var builtSize: Int?

    init() {}
}

extension LookupLayer {
    /// The arguments that follow from the vocabulary.
    var vocabularyConfiguration: [String: any ConfigurationConvertible] {
        var values: [String: any ConfigurationConvertible] = [:]
        values["vocabulary"] = words.given
        values["idf_weights"] = words.givenWeights
        values["vocabulary_size"] = words.given.map { front + tokens(of: $0).count }
        return values
    }

    /// Removes the arguments that follow from the vocabulary.
    static func removeSizes(_ arguments: inout [String: ConfigurationValue]) {
        arguments["vocabulary_size"] = nil
        arguments["has_input_vocabulary"] = nil
    }

    /// Reads the vocabulary.
    func readVocabulary(_ arguments: LayerArguments) throws(LayerError) {
        words.given = try arguments.optional("vocabulary")
        words.givenWeights = try arguments.optional("idf_weights")
    }

    /// Places of the mask token.
    var masks: Int { mask != nil && outputMode == .int ? 1 : 0 }
    /// Places in front of the vocabulary.
    var front: Int { masks + numOovIndices }

    /// A vocabulary without the tokens in front of it, which may be given too.
    func tokens(of given: [Token]) -> [Token] {
        let special = Array(repeating: mask ?? oov, count: masks) + Array(repeating: oov, count: numOovIndices)
        return special.isEmpty || !given.starts(with: special) ? given : Array(given.dropFirst(special.count))
    }

    private func wrong(_ argument: String, _ requirement: String, _ received: String) -> LayerError {
        .argument(layer: name, name: argument, requirement: requirement, received: received)
    }

    /// Checks the arguments and the vocabulary, for an input of this row.
    func buildVocabulary(_ row: Shape) throws(LayerError) {
        try check(outputMode, of: row, among: [.int, .oneHot, .multiHot, .count, .tfIdf])
        guard numOovIndices >= 0 else { throw wrong("numOovIndices", "0 or more", "\(numOovIndices)") }
        if let maxTokens, maxTokens <= 1 { throw wrong("maxTokens", "larger than 1", "\(maxTokens)") }
        guard !padToMaxTokens || maxTokens != nil else { throw wrong("maxTokens", "given for padToMaxTokens", "none") }
        guard !invert || outputMode == .int else { throw wrong("outputMode", "int for invert", outputMode.rawValue) }
        guard salt == nil || hashesOov else { throw wrong("oovMethod", "farmhash for a salt", "floormod") }
        guard let given = words.given, !given.isEmpty else {
            throw wrong("vocabulary", "given, or found by adapt before the model is built", "none")
        }
        try take(vocabulary: given, weights: words.givenWeights)
        words.builtSize = front + tokens(of: given).count
    }

    /// Uses a vocabulary from now on.
    ///
    /// - Parameter weights: for `tfIdf`, one for each token.
    /// - Throws: `LayerError.argument` if the vocabulary does not fit the arguments, or the model that has the layer.
    package func take(vocabulary given: [Token], weights: [Double]?) throws(LayerError) {
        let tokens = tokens(of: given)
        var seen: Set<Token> = []
        for token in tokens where !seen.insert(token).inserted {
            throw wrong("vocabulary", "\(Token.plural) that differ", "\(token) twice")
        }
        for (argument, token) in [("maskToken", mask), ("oovToken", invert ? oov : nil)] {
            if let token, seen.contains(token) { throw wrong("vocabulary", "without the \(argument)", "\(token)") }
        }
        if let token = tokens.first(where: { !$0.isAllowed }) {
            throw wrong("vocabulary", Token.requirement, "\(token)")
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
        if let builtSize = words.builtSize, builtSize != size, outputMode != .int, !padToMaxTokens {
            throw wrong("vocabulary", "\(builtSize) places, as the model has them", "\(size)")
        }
        words.given = given
        words.givenWeights = weights
        words.places = Dictionary(uniqueKeysWithValues: zip(tokens, (front...).lazy.map { Int32($0) }))
        words.tokens = tokens
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

    private var depth: Int { padToMaxTokens ? maxTokens ?? 0 : words.builtSize ?? 0 }

    /// The outputs for the places of tokens.
    func encoded(places: SymbolicTensor) -> SymbolicTensor {
        guard outputMode == .tfIdf else { return encoded(places, as: outputMode, depth: depth) }
        return encoded(places, as: .count, depth: depth) * Tensor(placeWeights)
    }

    /// A function that gives the place of a token; nil where it has none.
    var lookup: @Sendable (Token) -> Int32? {
        let (words, masks, oov, mask) = (words, masks, numOovIndices, mask)
        let (isHashed, salt, isInt) = (hashesOov, salt, outputMode == .int)
        return { token in
            // A place that no category has.
            if token == mask { return isInt ? 0 : -1 }
            if let place = words.places[token] { return place }
            if oov < 2 { return oov == 0 ? nil : Int32(masks) }
            return Int32(masks) + Int32(token.place(among: oov, isHashed: isHashed, salt))
        }
    }

    /// The vocabulary that Keras's `adapt` finds in samples, and for `tfIdf` the tokens' weights.
    ///
    /// - Parameter tokens: gives the tokens of each sample.
    func vocabulary(
        samples: Int, _ tokens: (_ sample: Int) throws(LayerError) -> [Token]
    ) throws(LayerError) -> (tokens: [Token], weights: [Double]?) {
        var (counts, occurrences): ([Token: Int], [Token: Int]) = ([:], [:])
        for sample in 0..<samples {
            let found = try tokens(sample)
            for token in found { counts[token, default: 0] += 1 }
            guard outputMode == .tfIdf else { continue }
            for token in Set(found) { occurrences[token, default: 0] += 1 }
        }
        for token in [mask, oov].compactMap({ $0 }) { counts[token] = nil }
        let sorted = counts.sorted { ($0.value, $0.key) > ($1.value, $1.key) }.map(\.key)
        let kept = Array(sorted.prefix(maxTokens.map { max(0, $0 - front) } ?? sorted.count))
        guard outputMode == .tfIdf else { return (kept, nil) }
        return (kept, kept.map { inverseFrequency(samples: occurrences[$0] ?? 0, of: samples) })
    }
}
