import LockstepCompute

/// Turns whole numbers into vectors: row i of the table for the number i.
///
/// Input `[batch, …]` of whole numbers from 0 to `inputDim − 1`, output `[batch, …, outputDim]`; `embeddings` `[inputDim, outputDim]`
/// (default uniform within ±0.05). The gradient of a row of the table is the sum of dy over the places where its number stood; numbers have
/// none. A number out of range is an error of the step, and so is one from 2²⁴ on: float32 cannot tell it from its neighbours.
///
///     model.add(Embedding(10_000, 64))
public final class Embedding: Layer {
    public var name: String
    @Configured public private(set) var inputDim: Int
    @Configured public private(set) var outputDim: Int
    @Configured public private(set) var embeddingsInitializer: Initializer
    /// The length of the sequences, if the layer is to be the first.
    public let inputLength: Int?
    public private(set) var embeddings: Parameter!

    public init(
        _ inputDim: Int, _ outputDim: Int, embeddingsInitializer: Initializer = .randomUniform, inputLength: Int? = nil, name: String = ""
    ) {
        self.inputDim = inputDim
        self.outputDim = outputDim
        self.embeddingsInitializer = embeddingsInitializer
        self.inputLength = inputLength
        self.name = name
    }

    public var inputShape: Shape? { inputLength.flatMap { $0 > 0 ? [$0] : nil } }
    public var sumsInParts: Bool { true }
    public static var fixedArguments: [String: ConfigurationValue] { ["mask_zero": false] }

    public static func modernize(_ arguments: inout [String: ConfigurationValue]) {
        // Keras 2 noted the length that its input had.
        arguments["input_length"] = nil
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        self.init(try arguments.value("input_dim"), try arguments.value("output_dim"))
    }

    public func build(_ inputs: [Shape], _ parameters: inout ParameterList) throws(LayerError) -> Shape {
        let input = try single(inputs)
        for (argument, value) in [("inputDim", inputDim), ("outputDim", outputDim)] where value < 1 {
            throw .argument(layer: name, name: argument, requirement: "positive", received: "\(value)")
        }
        embeddings = try parameters.add("embeddings", [inputDim, outputDim], embeddingsInitializer, keeping: embeddings)
        return Shape(input.dimensions + [outputDim])
    }

    public func memory(_ inputs: [Shape], output: Shape, training: Bool) -> LayerMemory { LayerMemory(keepsInput: true) }

    public func forward(_ pass: Forward) {
        guard let wrong = embeddings.value.lookUp(pass.input, into: pass.output), pass.context.failure == nil else { return }
        pass.context.failure = .values(
            layer: name, requirement: "whole numbers from 0 to \(min(inputDim, wholeNumberLimit) - 1)", received: pass.input[wrong])
    }

    public func backward(_ pass: Backward) {
        addRows(pass.outputGradient, at: pass.input, by: pass.sums, into: embeddings.gradients, on: pass.crew)
        pass.inputGradient?.fill(0)
    }
}
