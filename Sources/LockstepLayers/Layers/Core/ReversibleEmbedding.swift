import LockstepCompute
import LockstepGraph

/// Turns whole numbers into vectors, and at other places of the model vectors into a value for each number (Press and
/// Wolf, 2017).
///
/// As an `Embedding` the layer turns numbers i `[batch, …]` into rows i of its table, `[batch, …, outputDim]`. Reversed
/// it turns vectors x `[batch, …, outputDim]` into logits `[batch, …, inputDim]`:
///
///     y = x · embeddingsᵀ;   with a cap s:   y = s · tanh(x · embeddingsᵀ / s)
///
/// Weights: `embeddings` `[inputDim, outputDim]` (default uniform within ±0.05). Without `tieWeights` the reversed layer
/// takes `reverse_embeddings` `[outputDim, inputDim]` in place of the transposed table. With `loraRank` the layer
/// learns a change of low rank in place of its table (`LowRankAdaptation`).
///
///     let words = ReversibleEmbedding(10_000, 64)
///     let logits = words(LSTM(64, returnSequences: true)(words(text)), reverse: true)
public final class ReversibleEmbedding: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var inputDim: Int
    @Configured public private(set) var outputDim: Int
    /// Whether both directions have one table.
    @Configured public private(set) var tieWeights: Bool
    /// Whether the number 0 means that there is no element, as in an `Embedding`.
    @Configured public private(set) var maskZero: Bool
    @Configured public private(set) var embeddingsInitializer: Initializer
    @Configured public private(set) var embeddingsRegularizer: Regularizer?
    @Configured public private(set) var embeddingsConstraint: Constraint?
    /// The bound of the logits; nil for none.
    @Configured public private(set) var logitSoftCap: Double?
    public private(set) var lora: LowRankAdaptation
    public private(set) var embeddings: Weight!
    private var reverseEmbeddings: Weight?

    public init(
        _ inputDim: Int, _ outputDim: Int, tieWeights: Bool = true, maskZero: Bool = false,
        embeddingsInitializer: Initializer = .randomUniform, embeddingsRegularizer: Regularizer? = nil,
        activityRegularizer: Regularizer? = nil, embeddingsConstraint: Constraint? = nil, logitSoftCap: Double? = nil,
        loraRank: Int? = nil, loraAlpha: Double? = nil, name: String = ""
    ) {
        self.inputDim = inputDim
        self.outputDim = outputDim
        self.tieWeights = tieWeights
        self.maskZero = maskZero
        self.embeddingsInitializer = embeddingsInitializer
        self.embeddingsRegularizer = embeddingsRegularizer
        self.embeddingsConstraint = embeddingsConstraint
        self.logitSoftCap = logitSoftCap
        lora = LowRankAdaptation(rank: loraRank, alpha: loraAlpha)
        properties = LayerProperties(name: name, activityRegularizer: activityRegularizer)
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        self.init(try arguments.value("input_dim"), try arguments.value("output_dim"))
    }

    public static var callFlags: [String] { ["reverse"] }
    public static var fixedArguments: [String: ConfigurationValue] { ["reverse_dtype": .null] }

    public static func modernize(_ arguments: inout [String: ConfigurationValue]) {
        // All numbers are float32.
        if arguments["reverse_dtype"] == "float32" { arguments["reverse_dtype"] = .null }
    }

    /// Applies the layer.
    ///
    /// - Parameter reverse: whether it turns vectors into logits.
    public func callAsFunction(_ input: SymbolicTensor, reverse: Bool) -> SymbolicTensor {
        outputs(of: [input], flags: reverse ? ["reverse"] : [])[0]
    }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        _ = try single(inputs)
        for (argument, value) in [("inputDim", inputDim), ("outputDim", outputDim)] where value < 1 {
            throw .argument(layer: name, name: argument, requirement: "positive", received: "\(value)")
        }
        if let logitSoftCap, logitSoftCap == 0 || !logitSoftCap.isFinite {
            throw .argument(layer: name, name: "logitSoftCap", requirement: "not 0", received: "\(logitSoftCap)")
        }
        embeddings = try weights.add(
            "embeddings", [inputDim, outputDim], embeddingsInitializer, regularizer: embeddingsRegularizer,
            constraint: embeddingsConstraint, role: lora.role)
        reverseEmbeddings =
            tieWeights
            ? nil : try weights.add("reverse_embeddings", [outputDim, inputDim], embeddingsInitializer)
        try lora.build(embeddings, of: self, &weights)
    }

    private func isReversed(_ call: Call) -> Bool { call.flags.contains("reverse") }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        guard isReversed(call) else {
            return [
                try lora { _ in
                    lookUp(inputs[0], in: embeddings)
                } change: {
                    matmul(lookUp(inputs[0], in: $0), $1)
                }
            ]
        }
        let shape = inputs[0].spec.shape
        guard shape.last == outputDim else {
            throw .input(
                layer: name, requirement: "have rows of […, \(outputDim)] where it is reversed", received: shape)
        }
        let x = cast(inputs[0], to: .float32)
        let logits =
            if let reverseEmbeddings { matmul(x, reverseEmbeddings) } else {
                try lora { _ in
                    matmul(x, transposing: embeddings)
                } change: {
                    matmul(matmul(x, transposing: $1), transposing: $0)
                }
            }
        guard let logitSoftCap else { return [logits] }
        let cap = Float(logitSoftCap)
        return [tanh(logits * (1 / cap)) * cap]
    }

    public func computeMask(_ inputs: [SymbolicTensor], _ call: Call) -> SymbolicTensor? {
        maskZero && !isReversed(call) ? unequal(inputs[0], 0) : nil
    }
}
