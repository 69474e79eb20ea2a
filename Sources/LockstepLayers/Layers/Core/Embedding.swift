import LockstepCompute
import LockstepGraph

/// Turns whole numbers into vectors: the number i becomes row i of a table.
///
/// Input `[batch, …]` of whole numbers from 0 to `inputDim − 1`, output `[batch, …, outputDim]`; `embeddings`
/// `[inputDim, outputDim]` (default uniform within ±0.05). The gradient of row i of the table is the sum of dy over the
/// positions of the number i; the numbers have no gradient. A number out of range is an error of the step. In a float32
/// input, a number from 2²⁴ on is an error too. An int32 input takes larger ids: `Input([1], type: .int32)`.
///
/// With `loraRank` the layer learns a change of low rank in place of its table (`LowRankAdaptation`).
///
///     model.add(Embedding(10_000, 64, maskZero: true))
public final class Embedding: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var inputDim: Int
    @Configured public private(set) var outputDim: Int
    /// Whether the number 0 means that there is no element. If so, the layer makes a mask, and later layers ignore
    /// these positions.
    @Configured public private(set) var maskZero: Bool
    @Configured public private(set) var embeddingsInitializer: Initializer
    @Configured public private(set) var embeddingsRegularizer: Regularizer?
    @Configured public private(set) var embeddingsConstraint: Constraint?
    public private(set) var lora: LowRankAdaptation
    /// The length of the sequences, if the layer is the first.
    public let inputLength: Int?
    public private(set) var embeddings: Weight!

    public init(
        _ inputDim: Int, _ outputDim: Int, maskZero: Bool = false, embeddingsInitializer: Initializer = .randomUniform,
        embeddingsRegularizer: Regularizer? = nil, activityRegularizer: Regularizer? = nil,
        embeddingsConstraint: Constraint? = nil, loraRank: Int? = nil, loraAlpha: Double? = nil,
        inputLength: Int? = nil, name: String = ""
    ) {
        self.inputDim = inputDim
        self.outputDim = outputDim
        self.maskZero = maskZero
        self.embeddingsInitializer = embeddingsInitializer
        self.embeddingsRegularizer = embeddingsRegularizer
        self.embeddingsConstraint = embeddingsConstraint
        lora = LowRankAdaptation(rank: loraRank, alpha: loraAlpha)
        self.inputLength = inputLength
        properties = LayerProperties(name: name, activityRegularizer: activityRegularizer)
    }

    public var inputShape: PartialShape? { inputLength.flatMap { $0 > 0 ? [$0] : nil } }

    public static func modernize(_ arguments: inout [String: ConfigurationValue]) {
        // Keras 2 wrote the length of the input.
        arguments["input_length"] = nil
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        self.init(try arguments.value("input_dim"), try arguments.value("output_dim"))
    }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        _ = try single(inputs)
        for (argument, value) in [("inputDim", inputDim), ("outputDim", outputDim)] where value < 1 {
            throw .argument(layer: name, name: argument, requirement: "positive", received: "\(value)")
        }
        embeddings = try weights.add(
            "embeddings", [inputDim, outputDim], embeddingsInitializer, regularizer: embeddingsRegularizer,
            constraint: embeddingsConstraint, role: lora.role)
        try lora.build(embeddings, of: self, &weights)
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        let numbers = inputs[0]
        return [
            try lora { _ in
                lookUp(numbers, in: embeddings)
            } change: {
                matmul(lookUp(numbers, in: $0), $1)
            }
        ]
    }

    public func computeMask(_ inputs: [SymbolicTensor]) -> SymbolicTensor? { maskZero ? unequal(inputs[0], 0) : nil }
}
