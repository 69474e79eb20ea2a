import LockstepCompute
import LockstepGraph

/// Encodes whole numbers from 0 to below `numTokens`.
///
/// Input `[batch, …]`. With `oneHot` the output is `[batch, …, numTokens]`, without the last dimension of the input if
/// that is 1. With `multiHot` (the default) and `count` the input is `[batch, n]` and the output `[batch, numTokens]`.
/// For `count` a second input, `[batch, n]`, may say how much each number counts; by default 1. Numbers out of range
/// give no 1 and do not count.
///
///     model.add(CategoryEncoding(7, outputMode: .count))
public final class CategoryEncoding: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var numTokens: Int
    @Configured public private(set) var outputMode: CategoryOutput

    public init(_ numTokens: Int, outputMode: CategoryOutput = .multiHot, name: String = "") {
        self.numTokens = numTokens
        self.outputMode = outputMode
        properties = LayerProperties(name: name)
    }

    public static var inputNames: [String] { ["inputs"] }
    public static var namedInputs: [String] { ["count_weights"] }

    public static func modernize(_ arguments: inout [String: ConfigurationValue]) {
        if arguments["sparse"] == false { arguments["sparse"] = nil }
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        self.init(try arguments.value("num_tokens"))
    }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        guard let input = inputs.first?.shape, inputs.count <= 2 else {
            throw .inputCount(layer: name, expected: 1, received: inputs.count)
        }
        guard numTokens >= 1 else {
            throw .argument(layer: name, name: "numTokens", requirement: "positive", received: "\(numTokens)")
        }
        try check(outputMode, of: input, among: [.oneHot, .multiHot, .count])
        guard inputs.count == 2 else { return }
        guard outputMode == .count else {
            throw .argument(
                layer: name, name: "outputMode", requirement: "count for an input with weights",
                received: outputMode.rawValue)
        }
        guard inputs[1].shape == input else {
            throw .input(layer: name, requirement: "have weights of its shape \(input)", received: inputs[1].shape)
        }
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] {
        [encoded(inputs[0], as: outputMode, depth: numTokens, weights: inputs.count > 1 ? inputs[1] : nil)]
    }
}
