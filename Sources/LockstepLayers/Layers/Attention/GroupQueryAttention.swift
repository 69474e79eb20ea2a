import LockstepCompute
import LockstepGraph

/// Attention in several heads of the query, of which groups share a head of key and value (Ainslie et al., 2023).
///
/// Inputs: query `[batch, t, e]`, value `[batch, s, e]` and optionally key `[batch, s, g]`; by default the key is the
/// value. Output `[batch, t, e]`. Each of `numQueryHeads` heads projects the query to q of `headDim` elements; each of
/// `numKeyValueHeads` heads projects key and value to k and v of `headDim` elements. As many heads of the query in a
/// row as there are for each head of the key compute `softmax(q·kᵀ/√headDim)·v` with it. The results of all heads are
/// projected to the output. `dropout` acts on the softmax.
///
/// Weights: `query/kernel` `[e, numQueryHeads, headDim]`, `key/kernel` and `value/kernel`
/// `[…, numKeyValueHeads, headDim]` (default Glorot uniform), each with a `bias` `[heads, headDim]` (zeros);
/// `attention_output/kernel` `[numQueryHeads, headDim, e]` with a `bias` `[e]`. With `useGate` the results of the heads
/// are multiplied by `sigmoid(query·kernel + bias)` of weights `gate` like those of `query`.
///
/// With `useCausalMask` an element does not attend to later elements, and with `slidingWindow` w only to those fewer
/// than w places away. Masks of the query, the value and the key exclude elements. A fourth input, the attention mask
/// `[batch, t, s]` or `[batch, heads, t, s]`, is 0 for pairs of elements that do not attend to one another. With
/// `returnAttentionScores` there is a second output, the softmax before dropout, `[batch, numQueryHeads, t, s]`.
///
///     let attended = GroupQueryAttention(headDim: 16, numQueryHeads: 8, numKeyValueHeads: 2)(words, words)
public final class GroupQueryAttention: HeadAttention {
    public let properties: LayerProperties
    @Configured public private(set) var headDim: Int
    @Configured public private(set) var numQueryHeads: Int
    @Configured public private(set) var numKeyValueHeads: Int
    @Configured public private(set) var dropout: Double
    @Configured public private(set) var useBias: Bool
    @Configured public private(set) var slidingWindow: Int?
    @Configured public private(set) var useGate: Bool
    /// In Keras this is an argument of `call`.
    @Configured public private(set) var useCausalMask: Bool
    /// In Keras this is an argument of `call`.
    @Configured public private(set) var returnAttentionScores: Bool
    @Configured public private(set) var kernelInitializer: Initializer
    @Configured public private(set) var biasInitializer: Initializer
    @Configured public private(set) var kernelRegularizer: Regularizer?
    @Configured public private(set) var biasRegularizer: Regularizer?
    @Configured public private(set) var kernelConstraint: Constraint?
    @Configured public private(set) var biasConstraint: Constraint?
    private var query, key, value, output: HeadProjection!
    private var gate: HeadProjection?

    /// - Parameters:
    ///   - numQueryHeads: a multiple of `numKeyValueHeads`.
    ///   - activityRegularizer: a penalty on what the projections give and, once more as in Keras, on the output.
    public init(
        headDim: Int, numQueryHeads: Int, numKeyValueHeads: Int, dropout: Double = 0, useBias: Bool = true,
        slidingWindow: Int? = nil, useGate: Bool = false, useCausalMask: Bool = false,
        returnAttentionScores: Bool = false, kernelInitializer: Initializer = .glorotUniform,
        biasInitializer: Initializer = .zeros, kernelRegularizer: Regularizer? = nil,
        biasRegularizer: Regularizer? = nil, activityRegularizer: Regularizer? = nil,
        kernelConstraint: Constraint? = nil, biasConstraint: Constraint? = nil, name: String = ""
    ) {
        self.headDim = headDim
        self.numQueryHeads = numQueryHeads
        self.numKeyValueHeads = numKeyValueHeads
        self.dropout = dropout
        self.useBias = useBias
        self.slidingWindow = slidingWindow
        self.useGate = useGate
        self.useCausalMask = useCausalMask
        self.returnAttentionScores = returnAttentionScores
        self.kernelInitializer = kernelInitializer
        self.biasInitializer = biasInitializer
        self.kernelRegularizer = kernelRegularizer
        self.biasRegularizer = biasRegularizer
        self.kernelConstraint = kernelConstraint
        self.biasConstraint = biasConstraint
        properties = LayerProperties(name: name, activityRegularizer: activityRegularizer)
    }

    public static var pythonName: String { "GroupedQueryAttention" }
    public static var inputNames: [String] { ["query", "value", "key"] }
    public static var namedInputs: [String] { ["attention_mask"] }
    public static var callArguments: [String] { ["use_causal_mask", "return_attention_scores"] }
    public var outputCount: Int { returnAttentionScores ? 2 : 1 }

    public static func modernize(_ arguments: inout [String: ConfigurationValue]) {
        // The model's seed keys the masks of dropout.
        for name in ["seed", "flash_attention"] { arguments[name] = nil }
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        self.init(
            headDim: try arguments.value("head_dim"), numQueryHeads: try arguments.value("num_query_heads"),
            numKeyValueHeads: try arguments.value("num_key_value_heads"))
    }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        let shapes = try check(inputs.map(\.shape))
        let (own, shared) = ([numQueryHeads, headDim], [numKeyValueHeads, headDim])
        query = try projection("query", in: "_query_dense", [shapes.query[1]], own, &weights)
        key = try projection("key", in: "_key_dense", [shapes.key[1]], shared, &weights)
        gate = useGate ? try projection("gate", in: "_gate_dense", [shapes.query[1]], own, &weights) : nil
        value = try projection("value", in: "_value_dense", [shapes.value[1]], shared, &weights)
        output = try projection("attention_output", in: "_output_dense", own, [shapes.query[1]], &weights)
    }

    /// Checks the arguments and the inputs, and returns the shapes of query, value and key.
    private func check(_ inputs: [Shape]) throws(LayerError) -> (query: Shape, value: Shape, key: Shape) {
        try checkAttention(
            inputs,
            sizes: [
                ("headDim", headDim), ("numQueryHeads", numQueryHeads), ("numKeyValueHeads", numKeyValueHeads),
            ])
        guard numQueryHeads.isMultiple(of: numKeyValueHeads) else {
            throw .argument(
                layer: name, name: "numQueryHeads", requirement: "a multiple of \(numKeyValueHeads)",
                received: "\(numQueryHeads)")
        }
        let (query, value, key) = (inputs[0], inputs[1], inputs[min(inputs.count - 1, 2)])
        guard query.rank == 2 else {
            throw .input(layer: name, requirement: "have a query of [time, features]", received: query)
        }
        guard value.rank == 2, value[1] == query[1] else {
            throw .input(
                layer: name, requirement: "have a value of [time, \(query[1])] as the query \(query)", received: value)
        }
        guard key.rank == 2, key[0] == value[0] else {
            throw .input(
                layer: name, requirement: "have a key like the value \(value) but for the last dimension", received: key
            )
        }
        return (query, value, key)
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        let shapes = try check(inputs.map(\.spec.shape))
        let (t, s, group) = (shapes.query[0], shapes.value[0], numQueryHeads / numKeyValueHeads)
        func heads(_ x: SymbolicTensor, _ projection: HeadProjection, _ count: Int) throws(LayerError) -> SymbolicTensor
        {
            transpose(reshape(try project(x, projection, call), [x.spec.shape[0], count, headDim]), [1, 0, 2])
        }
        // The heads of a group are more rows of one product.
        let q = reshape(
            try heads(inputs[0], query, numQueryHeads) * (1 / Float(headDim).squareRoot()),
            [numKeyValueHeads, group * t, headDim])
        let k = try heads(inputs[min(inputs.count - 1, 2)], key, numKeyValueHeads)
        let factors = try gate.map { (gate) throws(LayerError) in try gateFactors(inputs[0], gate, call) }
        let v = try heads(inputs[1], value, numKeyValueHeads)
        let scores = attentionWeights(
            reshape(matmul(q, k, transposed: .second), [numQueryHeads, t, s]),
            masks: try pairMask(inputs, axes: [0], scores: [numQueryHeads, t, s]),
            isFused: dropout == 0 && !returnAttentionScores)
        let weights = LockstepGraph.dropout(scores, rate: dropout, call)
        let attended = reshape(
            matmul(reshape(weights, [numKeyValueHeads, group * t, s]), v), [numQueryHeads, t, headDim])
        var gated = reshape(transpose(attended, [1, 0, 2]), [t, numQueryHeads * headDim])
        if let factors { gated = gated * factors }
        let result = try project(gated, output, call)
        return returnAttentionScores ? [result, scores] : [result]
    }

    public static var takesMask: Bool { true }
    public func computeMask(_ inputs: [SymbolicTensor]) -> SymbolicTensor? { inputs[0].mask }
}
