import LockstepCompute

/// The sum of two or more inputs of one shape; each input's gradient is the output's.
///
///     let residual = Add()(Dense(64)(hidden), hidden)
public final class Add: Layer {
    public var name: String

    public init(name: String = "") { self.name = name }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func build(_ inputs: [Shape], _ parameters: inout ParameterList) throws(LayerError) -> Shape {
        guard inputs.count >= 2 else { throw .inputCount(layer: name, expected: 2, received: inputs.count) }
        if let other = inputs.first(where: { $0 != inputs[0] }) {
            throw .input(layer: name, requirement: "have the shape \(inputs[0]) of the first", received: other)
        }
        return inputs[0]
    }

    public func memory(_ inputs: [Shape], output: Shape, training: Bool) -> LayerMemory { LayerMemory() }

    public func forward(_ pass: Forward) {
        add(pass.inputs[0], pass.inputs[1], into: pass.output, on: pass.crew)
        for input in pass.inputs.dropFirst(2) { add(pass.output, input, into: pass.output, on: pass.crew) }
    }

    public func backward(_ pass: Backward) {
        for case .some(let dx) in pass.inputGradients { dx.assign(pass.outputGradient) }
    }
}
