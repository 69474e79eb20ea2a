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
/// a `bias` `[heads, …]` (zeros); `attention_output/kernel` `[heads, valueDim, e]` with a `bias` `[e]`.
///
/// The inputs may have more dimensions before the last. `attentionAxes` are the dimensions over which attention goes;
/// by default all of these. With `useCausalMask` an element does not attend to later elements. Masks of the query, the
/// value and the key exclude elements; they require that attention goes over one dimension only. As in Keras, the layer
/// removes the masks from its inputs, so that later layers do not see them. Recurrent layers, `BatchNormalization` and
/// wrappers of layers still see them.
///
///     let attended = MultiHeadAttention(numHeads: 4, keyDim: 16)(words, words)
public final class MultiHeadAttention: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var numHeads: Int
    @Configured public private(set) var keyDim: Int
    @Configured public private(set) var valueDim: Int
    @Configured public private(set) var dropout: Double
    @Configured public private(set) var useBias: Bool
    @Configured public private(set) var outputShape: [Int]?
    /// The dimensions over which attention goes, where the batch is dimension 0.
    @Configured public private(set) var attentionAxes: [Int]?
    /// In Keras this is an argument of `call`.
    @Configured public private(set) var useCausalMask: Bool
    @Configured public private(set) var kernelInitializer: Initializer
    @Configured public private(set) var biasInitializer: Initializer
    private var query, key, value, output: Projection!

    private typealias Projection = (kernel: Weight, bias: Weight?)

    /// - Parameter valueDim: by default `keyDim`.
    public init(
        numHeads: Int, keyDim: Int, valueDim: Int? = nil, dropout: Double = 0, useBias: Bool = true,
        outputShape: [Int]? = nil,
        attentionAxes: [Int]? = nil, useCausalMask: Bool = false, kernelInitializer: Initializer = .glorotUniform,
        biasInitializer: Initializer = .zeros, name: String = ""
    ) {
        self.numHeads = numHeads
        self.keyDim = keyDim
        self.valueDim = valueDim ?? keyDim
        self.dropout = dropout
        self.useBias = useBias
        self.outputShape = outputShape
        self.attentionAxes = attentionAxes
        self.useCausalMask = useCausalMask
        self.kernelInitializer = kernelInitializer
        self.biasInitializer = biasInitializer
        properties = LayerProperties(name: name)
    }

    public static var inputNames: [String] { ["query", "value", "key"] }
    public static var callArguments: [String] { ["use_causal_mask"] }
    public static var fixedArguments: [String: ConfigurationValue] { ["use_gate": false] }

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
        value = try projection("value", in: "value_dense", [shapes.value.last!], [numHeads, valueDim], &weights)
        output = try projection(
            "attention_output", in: "output_dense", [numHeads, valueDim], outputShape ?? [shapes.query.last!], &weights)
    }

    private func projection(
        _ name: String, in attribute: String, _ inputs: [Int], _ outputs: [Int], _ weights: inout WeightList
    ) throws(LayerError) -> Projection {
        let part = WeightPart(attribute, name: name)
        let kernel = try weights.add("kernel", Shape(inputs + outputs), kernelInitializer, in: part)
        return (kernel, bias: useBias ? try weights.add("bias", Shape(outputs), biasInitializer, in: part) : nil)
    }

    /// Checks the arguments and the inputs, and returns the shapes of query, value and key.
    private func check(_ inputs: [Shape]) throws(LayerError) -> (query: Shape, value: Shape, key: Shape) {
        guard inputs.count == 2 || inputs.count == 3 else {
            throw .inputCount(layer: name, expected: 2, received: inputs.count)
        }
        for (argument, number) in [("numHeads", numHeads), ("keyDim", keyDim), ("valueDim", valueDim)] where number < 1
        {
            throw .argument(layer: name, name: argument, requirement: "positive", received: "\(number)")
        }
        guard dropout >= 0, dropout <= 1 else {
            throw .argument(layer: name, name: "dropout", requirement: "from 0 to 1", received: "\(dropout)")
        }
        if let outputShape, outputShape.isEmpty || outputShape.contains(where: { $0 < 1 }) {
            throw .argument(
                layer: name, name: "outputShape", requirement: "one or more positive numbers",
                received: "\(outputShape)")
        }
        let (query, value, key) = (inputs[0], inputs[1], inputs[inputs.count - 1])
        guard query.rank >= 2 else {
            throw .input(layer: name, requirement: "have a query of [time, …, features]", received: query)
        }
        let axes = try axes(rank: query.rank)
        guard !useCausalMask || axes.count == 1 else {
            throw .argument(
                layer: name, name: "useCausalMask", requirement: "false where several dimensions are attended to",
                received: "true")
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
        func heads(_ x: SymbolicTensor, _ projection: Projection, _ depth: Int) -> SymbolicTensor {
            let projected = matmul(x, projection.kernel, bias: projection.bias)
            let front = x.spec.shape.dimensions.dropLast()
            let turned = transpose(reshape(projected, Shape(front + [numHeads, depth])), order)
            let length = axes.reduce(1) { $0 * x.spec.shape[$1] }
            return reshape(turned, Shape(turned.spec.shape.dimensions.prefix(rank - axes.count) + [length, depth]))
        }
        let q = heads(inputs[0], query, keyDim) * (1 / Float(keyDim).squareRoot())
        let (k, v) = (heads(inputs[inputs.count - 1], key, keyDim), heads(inputs[1], value, valueDim))
        let scores = matmul(q, k, transposed: .second)
        let weights = LockstepGraph.dropout(try attention(scores, inputs, axes), rate: dropout, call)
        let front = shapes.query.dimensions.dropLast()
        let whole = order.map { $0 == rank - 1 ? numHeads : $0 == rank ? valueDim : front[$0] }
        let attended = reshape(matmul(weights, v), Shape(whole))
        let back = transpose(attended, (0...rank).map { order.firstIndex(of: $0)! })
        let result = matmul(reshape(back, Shape(front + [numHeads * valueDim])), output.kernel, bias: output.bias)
        return [reshape(result, Shape(front + (outputShape ?? [shapes.query.last!])))]
    }

    /// The attention weights: how much of each value every element of the query gets.
    private func attention(_ scores: SymbolicTensor, _ inputs: [SymbolicTensor], _ axes: [Int]) throws(LayerError)
        -> SymbolicTensor
    {
        let scores = useCausalMask ? causalMask(scores) : scores
        guard let mask = try mask(inputs, axes) else { return softmax(scores) }
        let weights = softmax(scores * mask + (1 - mask) * -1e9)
        // An element of the query may attend to nothing. It then gets the mean of all values in Keras's fused
        // attention, and zero in the other one.
        let isFused = dropout == 0 && valueDim == keyDim && inputs[0].spec.shape.rank == 2
        guard !isFused else { return weights }
        return useCausalMask ? relu(causalMask(weights * mask)) : weights * mask
    }

    /// For each pair of an element of the query and an element of the value, whether the first attends to the second;
    /// nil if no input has a mask.
    private func mask(_ inputs: [SymbolicTensor], _ axes: [Int]) throws(LayerError) -> SymbolicTensor? {
        let axis = axes[0]
        var result: SymbolicTensor?
        for (place, input) in inputs.enumerated() where input.mask != nil {
            guard axes.count == 1 else {
                throw .mask(
                    layer: name, requirement: "not be where several dimensions are attended to",
                    received: input.mask!.spec.shape)
            }
            let front = Array(input.spec.shape.dimensions.prefix(axis + 1))
            let mask = try mask(of: input, Shape(front))!
            // The order is: the dimensions before the axis, those after it, the heads, the elements of the query, the
            // elements of the value.
            let others = [Int](repeating: 1, count: input.spec.shape.rank - 1 - axis)
            let turned = reshape(
                mask, Shape(front.dropLast() + others + (place == 0 ? [front.last!, 1] : [1, front.last!])))
            result = result.map { $0 * turned } ?? turned
        }
        return result
    }

    public static var removesMasks: Bool { true }
    public func computeMask(_ inputs: [SymbolicTensor]) -> SymbolicTensor? { inputs[0].mask }
}
