import LockstepCompute
import LockstepGraph

/// Attention from each step of a query to the steps of a value, by sums of the query's and the key's steps (Bahdanau et
/// al., 2015).
///
/// Inputs: query `[batch, t, e]`, value `[batch, s, f]` and optionally key `[batch, s, e]`; by default the key is the
/// value. Output `[batch, t, f]`: `softmax(scores)·value`. The scores `[batch, t, s]` are
/// `Σ scale ⊙ tanh(query + key)`, the sum over the features. `dropout` acts on the softmax. There may be more
/// dimensions behind the batch, the same in all inputs.
///
/// Weight, with `useScale`: `scale` `[e]` (Glorot uniform); else it is 1. Masks, `useCausalMask` and
/// `returnAttentionScores` do what they do in `Attention`.
///
///     let attended = AdditiveAttention()(questions, texts)
public final class AdditiveAttention: SequenceAttention {
    public let properties: LayerProperties
    @Configured public private(set) var useScale: Bool
    @Configured public private(set) var dropout: Double
    /// In Keras this is an argument of `call`.
    @Configured public private(set) var useCausalMask: Bool
    /// In Keras this is an argument of `call`.
    @Configured public private(set) var returnAttentionScores: Bool
    public private(set) var scale: Weight?

    public init(
        useScale: Bool = true, dropout: Double = 0, useCausalMask: Bool = false, returnAttentionScores: Bool = false,
        name: String = ""
    ) {
        self.useScale = useScale
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
        let shapes = try check(inputs.map(\.shape))
        scale = useScale ? try weights.add("scale", [shapes.query.last!], .glorotUniform) : nil
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        _ = try check(inputs.map(\.spec.shape))
        let values = tanh(pairSums(inputs[0], inputs[inputs.count - 1]))
        return try attended(sum(scale.map { values * $0 } ?? values, axes: [-1]), inputs, call)
    }

    public static var takesMask: Bool { true }
    public func computeMask(_ inputs: [SymbolicTensor]) -> SymbolicTensor? { inputs[0].mask }
}
