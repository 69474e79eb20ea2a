import LockstepCompute
import LockstepGraph

/// An activation function as a layer: `y = f(x)`, `dx = dy ⊙ f′`. The output has the input's shape, except for `glu`,
/// which halves the last dimension.
public final class Activation: Layer {
    public let properties: LayerProperties
    @Configured("activation") public private(set) var function: ActivationFunction

    public init(_ function: ActivationFunction, name: String = "") {
        properties = LayerProperties(name: name)
        self.function = function
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        self.init(try arguments.value("activation"))
    }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        let input = try single(inputs)
        guard function.outputShape(input) != nil else {
            throw .input(layer: name, requirement: "have a last dimension that \(function) can take", received: input)
        }
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] {
        [activation(function, inputs[0])]
    }

    public func computeMask(_ inputs: [SymbolicTensor]) -> SymbolicTensor? { inputs[0].mask }
}
