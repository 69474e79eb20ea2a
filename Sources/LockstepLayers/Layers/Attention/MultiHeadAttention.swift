import LockstepCompute
import LockstepGraph

/// Attention from each element of a query to the elements of a value, in several heads (Vaswani et al., 2017).
///
/// Inputs: query `[batch, t, e]`, value `[batch, s, f]` and optionally key `[batch, s, g]`; by default the key is the
/// value. Output `[batch, t, e]`, or with `outputShape` `[batch, t, …]`. Each head projects the inputs to q and k of
/// `keyDim` elements and v of `valueDim` elements, and computes `softmax(q·kᵀ/√keyDim)·v`. The results of all heads are
/// projected to the output. `dropout` acts on the softmax.
///
/// Weights: `query/kernel` `[e, heads, keyDim]`, and likewise for `key` and `value` (default Glorot uniform), each with
/// a `bias` `[heads, …]` (zeros); `attention_output/kernel` `[heads, valueDim, e]` with a `bias` `[e]`. With `useGate`
/// the results of the heads are multiplied by `sigmoid(query·kernel + bias)` of weights `gate` like those of `value`.
///
/// The inputs may have more dimensions before the last. `attentionAxes` are the dimensions over which attention goes;
/// by default all of these. With `useCausalMask` an element does not attend to later elements, and with `slidingWindow`
/// w only to those fewer than w places away. Masks of the query, the value and the key exclude elements. All of these
/// require that attention goes over one dimension only. A fourth input, the attention mask `[batch, t, s]` or
/// `[batch, heads, t, s]`, is 0 for pairs of elements that do not attend to one another. As in Keras, the layer removes
/// the masks from its inputs, so that later layers do not see them. Recurrent layers, `BatchNormalization` and wrappers
/// of layers still see them.
///
/// With `returnAttentionScores` there is a second output, the softmax before dropout, `[batch, heads, t, s]`.
///
///     let attended = MultiHeadAttention(numHeads: 4, keyDim: 16)(words, words)
public final class MultiHeadAttention: HeadAttention {
    public let properties: LayerProperties
    @Configured public private(set) var numHeads: Int
    @Configured public private(set) var keyDim: Int
    @Configured public private(set) var valueDim: Int
    @Configured public private(set) var dropout: Double
    @Configured public private(set) var useBias: Bool
    @Configured public private(set) var outputShape: [Int]?
    /// The dimensions over which attention goes, where the batch is dimension 0.
    @Configured public private(set) var attentionAxes: [Int]?
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
    ///   - valueDim: by default `keyDim`.
    ///   - activityRegularizer: a penalty on what the projections give, that of the output among them.
    public init(
        numHeads: Int, keyDim: Int, valueDim: Int? = nil, dropout: Double = 0, useBias: Bool = true,
        outputShape: [Int]? = nil, attentionAxes: [Int]? = nil, slidingWindow: Int? = nil, useGate: Bool = false,
        useCausalMask: Bool = false, returnAttentionScores: Bool = false,
        kernelInitializer: Initializer = .glorotUniform, biasInitializer: Initializer = .zeros,
        kernelRegularizer: Regularizer? = nil, biasRegularizer: Regularizer? = nil,
        activityRegularizer: Regularizer? = nil, kernelConstraint: Constraint? = nil,
        biasConstraint: Constraint? = nil, name: String = ""
    ) {
        self.numHeads = numHeads
        self.keyDim = keyDim
        self.valueDim = valueDim ?? keyDim
        self.dropout = dropout
        self.useBias = useBias
        self.outputShape = outputShape
        self.attentionAxes = attentionAxes
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

    public static var inputNames: [String] { ["query", "value", "key"] }
    public static var namedInputs: [String] { ["attention_mask"] }
    public static var callArguments: [String] { ["use_causal_mask", "return_attention_scores"] }
    public var outputCount: Int { returnAttentionScores ? 2 : 1 }

    public static func modernize(_ arguments: inout [String: ConfigurationValue]) {
        // The seed is removed because the model's seed keys the masks. A null `value_dim` means `key_dim`. A single
        // number stands for a list of it.
        for name in ["seed", "flash_attention"] { arguments[name] = nil }
        if arguments["value_dim"] == .null { arguments["value_dim"] = nil }
        for name in ["output_shape", "attention_axes"] {
            if case .integer(let number) = arguments[name] { arguments[name] = [.integer(number)] }
        }
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        self.init(numHeads: try arguments.value("num_heads"), keyDim: try arguments.value("key_dim"))
    }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        let shapes = try check(inputs.map(\.shape))
        query = try projection("query", in: "query_dense", [shapes.query.last!], [numHeads, keyDim], &weights)
        key = try projection("key", in: "key_dense", [shapes.key.last!], [numHeads, keyDim], &weights)
        gate =
            useGate
            ? try projection("gate", in: "_gate_dense", [shapes.query.last!], [numHeads, valueDim], &weights) : nil
        value = try projection("value", in: "value_dense", [shapes.value.last!], [numHeads, valueDim], &weights)
        output = try projection(
            "attention_output", in: "output_dense", [numHeads, valueDim], outputShape ?? [shapes.query.last!], &weights)
    }

    /// Checks the arguments and the inputs, and returns the shapes of query, value and key.
    private func check(_ inputs: [Shape]) throws(LayerError) -> (query: Shape, value: Shape, key: Shape) {
        try checkAttention(inputs, sizes: [("numHeads", numHeads), ("keyDim", keyDim), ("valueDim", valueDim)])
        if let outputShape, outputShape.isEmpty || outputShape.contains(where: { $0 < 1 }) {
            throw .argument(
                layer: name, name: "outputShape", requirement: "one or more positive numbers",
                received: "\(outputShape)")
        }
        let (query, value, key) = (inputs[0], inputs[1], inputs[min(inputs.count - 1, 2)])
        guard query.rank >= 2 else {
            throw .input(layer: name, requirement: "have a query of [time, …, features]", received: query)
        }
        let axes = try axes(rank: query.rank)
        guard !useCausalMask || axes.count == 1 else {
            throw .argument(
                layer: name, name: "useCausalMask", requirement: "false where several dimensions are attended to",
                received: "true")
        }
        if let slidingWindow, axes.count > 1 {
            throw .argument(
                layer: name, name: "slidingWindow", requirement: "nil where several dimensions are attended to",
                received: "\(slidingWindow)")
        }
        if returnAttentionScores, properties.activityRegularizer != nil {
            throw .argument(
                layer: name, name: "activityRegularizer", requirement: "nil where the attention scores are returned",
                received: "a penalty")
        }
        let others = (0..<query.rank - 1).filter { !axes.contains($0) }
        guard value.rank == query.rank, others.allSatisfy({ value[$0] == query[$0] }) else {
            throw .input(
                layer: name, requirement: "have a value like the query \(query) but for what is attended to",
                received: value)
        }
        guard key.dimensions.dropLast() == value.dimensions.dropLast() else {
            throw .input(
                layer: name, requirement: "have a key like the value \(value) but for the last dimension", received: key
            )
        }
        return (query, value, key)
    }

    /// The dimensions of a row over which attention goes.
    private func axes(rank: Int) throws(LayerError) -> [Int] {
        guard let attentionAxes else { return Array(0..<rank - 1) }
        let axes = attentionAxes.map { $0 < 0 ? $0 + rank : $0 - 1 }
        guard !axes.isEmpty, Set(axes).count == axes.count, axes.allSatisfy((0..<rank - 1).contains) else {
            throw .argument(
                layer: name, name: "attentionAxes", requirement: "dimensions from 1 to \(rank - 1), each once",
                received: "\(attentionAxes)"
            )
        }
        return axes
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        let shapes = try check(inputs.map(\.spec.shape))
        let (rank, axes) = (shapes.query.rank, try axes(rank: shapes.query.rank))
        // First the dimensions over which attention does not go, then the heads, then the others.
        let order = (0..<rank - 1).filter { !axes.contains($0) } + [rank - 1] + axes + [rank]
        func heads(_ x: SymbolicTensor, _ projection: HeadProjection, _ depth: Int) throws(LayerError) -> SymbolicTensor
        {
            let front = x.spec.shape.dimensions.dropLast()
            let projected = reshape(try project(x, projection, call), Shape(front + [numHeads, depth]))
            let turned = transpose(projected, order)
            let length = axes.reduce(1) { $0 * x.spec.shape[$1] }
            return reshape(turned, Shape(turned.spec.shape.dimensions.prefix(rank - axes.count) + [length, depth]))
        }
        let q = try heads(inputs[0], query, keyDim) * (1 / Float(keyDim).squareRoot())
        let k = try heads(inputs[min(inputs.count - 1, 2)], key, keyDim)
        let factors = try gate.map { (gate) throws(LayerError) in try gateFactors(inputs[0], gate, call) }
        let v = try heads(inputs[1], value, valueDim)
        let isFused = dropout == 0 && !returnAttentionScores && valueDim == keyDim && rank == 2
        let products = matmul(q, k, transposed: .second)
        let scores = attentionWeights(
            products, masks: try pairMask(inputs, axes: axes, scores: products.spec.shape), isFused: isFused)
        let weights = LockstepGraph.dropout(scores, rate: dropout, call)
        let front = shapes.query.dimensions.dropLast()
        let whole = order.map { $0 == rank - 1 ? numHeads : $0 == rank ? valueDim : front[$0] }
        let attended = reshape(matmul(weights, v), Shape(whole))
        let back = transpose(attended, (0...rank).map { order.firstIndex(of: $0)! })
        var gated = reshape(back, Shape(front + [numHeads * valueDim]))
        if let factors { gated = gated * factors }
        let result = matmul(gated, output.kernel, bias: output.bias)
        let outputs = [reshape(result, Shape(front + (outputShape ?? [shapes.query.last!])))]
        guard returnAttentionScores else { return outputs }
        let lengths = axes.map { shapes.query[$0] } + axes.map { shapes.value[$0] }
        return outputs + [reshape(scores, Shape(scores.spec.shape.dimensions.dropLast(2) + lengths))]
    }

    public static var removesMasks: Bool { true }
    public func computeMask(_ inputs: [SymbolicTensor]) -> SymbolicTensor? { inputs[0].mask }
}
