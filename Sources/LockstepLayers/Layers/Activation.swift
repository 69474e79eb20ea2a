import LockstepCompute

/// An activation function as a layer: `y = f(x)`, `dx = dy ⊙ f′`. Output of the input's shape, but for `glu`, which halves the
/// last dimension.
public final class Activation: Layer {
    public var name: String
    @Configured("activation") public private(set) var function: ActivationFunction

    public init(_ function: ActivationFunction, name: String = "") {
        self.name = name
        self.function = function
    }

    public var outputActivation: ActivationFunction { function }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init(try arguments.value("activation")) }

    public func build(_ inputs: [Shape], _ parameters: inout ParameterList) throws(LayerError) -> Shape {
        let input = try single(inputs)
        guard let output = function.outputShape(input) else {
            throw .input(layer: name, requirement: "have a last dimension that \(function) can take", received: input)
        }
        return output
    }

    public func memory(_ inputs: [Shape], output: Shape, training: Bool) -> LayerMemory {
        LayerMemory(
            keepsInput: function.derivativeReadsInput, keepsOutput: !function.derivativeReadsInput,
            outputSharesInput: function == .linear)
    }

    public func forward(_ pass: Forward) {
        if pass.isBeforeActivation {
            pass.output.assign(pass.input)
        } else {
            function.apply(pass.input, into: pass.output, on: pass.crew)
        }
    }

    public func backward(_ pass: Backward) {
        guard let dx = pass.inputGradient else { return }
        if pass.isBeforeActivation {
            dx.assign(pass.outputGradient)
        } else {
            function.gradient(x: pass.input, y: pass.output, dy: pass.outputGradient, into: dx, on: pass.crew)
        }
    }
}
