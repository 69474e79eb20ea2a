import LockstepCompute
import LockstepGraph

/// Attention from each step of a query to the steps of a value, by products of the query's and the key's steps (Luong
/// et al., 2015).
///
/// Inputs: query `[batch, t, e]`, value `[batch, s, f]` and optionally key `[batch, s, e]`; by default the key is the
/// value. Output `[batch, t, f]`: `softmax(scores)·value`. The scores `[batch, t, s]` are `query·keyᵀ`, or with the
/// score mode `concat` `w·Σ tanh(query + key)`, the sum over the features. `dropout` acts on the softmax. There may be
/// more dimensions behind the batch, the same in all inputs.
///
/// Weights, each a number with the initial value 1: with `useScale` `scale`, by which the products, or the sums
/// `query + key`, are multiplied; for `concat` `concat_score_weight`, w.
///
/// With `useCausalMask` a step does not attend to later steps. Steps that the value's mask excludes get no weight;
/// where the query's mask is 0, the output is 0. With `returnAttentionScores` there is a second output, the softmax
/// with dropout, `[batch, t, s]`.
///
///     let attended = Attention()(questions, texts)
public final class Attention: SequenceAttention {
    /// How a step of the query and a step of the key become a score.
    public enum ScoreMode: String, Sendable { case dot, concat }

    public let properties: LayerProperties
    @Configured public private(set) var useScale: Bool
    @Configured public private(set) var scoreMode: ScoreMode
    @Configured public private(set) var dropout: Double
    /// In Keras this is an argument of `call`.
    @Configured public private(set) var useCausalMask: Bool
    /// In Keras this is an argument of `call`.
    @Configured public private(set) var returnAttentionScores: Bool
    public private(set) var scale: Weight?
    public private(set) var concatScoreWeight: Weight?

    public init(
        useScale: Bool = false, scoreMode: ScoreMode = .dot, dropout: Double = 0, useCausalMask: Bool = false,
        returnAttentionScores: Bool = false, name: String = ""
    ) {
        self.useScale = useScale
        self.scoreMode = scoreMode
        self.dropout = dropout
        self.useCausalMask = useCausalMask
        self.returnAttentionScores = returnAttentionScores
        properties = LayerProperties(name: name)
    }

    public static var callArguments: [String] { ["use_causal_mask", "return_attention_scores"] }
    public var outputCount: Int { returnAttentionScores ? 2 : 1 }

    public static func modernize(_ arguments: inout [String: ConfigurationValue]) {
        // The model's seed keys the masks of dropout.
        arguments["seed"] = nil
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        _ = try check(inputs.map(\.shape))
        scale = useScale ? try weights.add("scale", [], .ones) : nil
        concatScoreWeight = scoreMode == .concat ? try weights.add("concat_score_weight", [], .ones) : nil
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        _ = try check(inputs.map(\.spec.shape))
        let (query, key) = (inputs[0], inputs[inputs.count - 1])
        guard let concatScoreWeight else {
            let products = matmul(query, key, transposed: .second)
            return try attended(scale.map { products * $0 } ?? products, inputs, call)
        }
        let sums = pairSums(query, key)
        return try attended(sum(tanh(scale.map { sums * $0 } ?? sums), axes: [-1]) * concatScoreWeight, inputs, call)
    }

    public static var takesMask: Bool { true }
    public func computeMask(_ inputs: [SymbolicTensor]) -> SymbolicTensor? { inputs[0].mask }
}

/// The sum of each step of a query `[…, t, e]` and each of a key `[…, s, e]`: `[…, t, s, e]`.
func pairSums(_ query: SymbolicTensor, _ key: SymbolicTensor) -> SymbolicTensor {
    func spread(_ x: SymbolicTensor, at place: Int) -> SymbolicTensor {
        var dimensions = x.spec.shape.dimensions
        dimensions.insert(1, at: dimensions.count - place)
        return reshape(x, Shape(dimensions))
    }
    return spread(query, at: 1) + spread(key, at: 2)
}

extension Attention.ScoreMode: ConfigurationConvertible {
    public init(_ argument: LayerArgument) throws(LayerError) {
        guard let mode = argument.value.string.flatMap(Self.init(rawValue:)) else {
            throw argument.mismatch("\"dot\" or \"concat\"")
        }
        self = mode
    }
    public var configurationValue: ConfigurationValue { .string(rawValue) }
}
