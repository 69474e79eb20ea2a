import LockstepCompute
import LockstepGraph

/// One application of a layer in a model that is being described, or that others can be described from.
final class LayerCall: SymbolicSource {
    let layer: any Layer
    let inputs: [SymbolicTensor]
    let options: CallOptions
    /// The shape of a row of each output and the type of its numbers; empty until a model is made of the call.
    var results: [(shape: PartialShape, type: DataType)] = []

    init(layer: any Layer, inputs: [SymbolicTensor], options: CallOptions = CallOptions()) {
        self.layer = layer
        self.inputs = inputs
        self.options = options
        layer.properties.calls.removeAll { $0.call == nil }
        layer.properties.calls.append(KnownCall(call: self))
    }

    var outputs: [SymbolicTensor] { (0..<layer.outputCount).map { SymbolicTensor(of: self, output: $0) } }

    /// A new input for what an output of this call gives.
    ///
    /// - Throws: `LayerError.noInputShape` if no model is made of the call.
    func input(insteadOf output: Int) throws(LayerError) -> LayerCall {
        guard results.indices.contains(output) else { throw .noInputShape(layer: layer.name) }
        let (shape, type) = results[output]
        return LayerCall(layer: InputLayer(shape, type: type), inputs: [])
    }
}

/// A call of a layer, as long as a model or a tensor has it.
struct KnownCall {
    weak var call: LayerCall?
}

/// The input of a functional model. `shape` is the shape of one row; a dimension that differs between calls of the
/// model is nil. Set `type` to int32 for whole numbers beyond 2²⁴, or to string for text, and `batchSize` for stateful
/// layers, to the rows of every batch.
///
///     let input = Input([64])
///     let hidden = Dense(32, activation: .relu)(input)
///     let model = try Model(inputs: input, outputs: Dense(10, activation: .softmax)(hidden))
// Capitalized like Keras's `Input`.
// swift-format-ignore: AlwaysUseLowerCamelCase
public func Input(
    _ shape: PartialShape, batchSize: Int? = nil, type: DataType = .float32, name: String = ""
) -> SymbolicTensor {
    let layer = InputLayer(shape, batchSize: batchSize, type: type, name: name)
    return SymbolicTensor(of: LayerCall(layer: layer, inputs: []), output: 0)
}

/// The input of a functional model whose shape is known: `Input(x.shape.row)`.
// It is the second choice, so that `Input([])` has one meaning.
// swift-format-ignore: AlwaysUseLowerCamelCase
@_disfavoredOverload
public func Input(
    _ shape: Shape, batchSize: Int? = nil, type: DataType = .float32, name: String = ""
) -> SymbolicTensor {
    Input(PartialShape(shape), batchSize: batchSize, type: type, name: name)
}

extension Layer {
    /// Applies the layer to outputs of other layers. Returns the first output if the layer has several.
    public func callAsFunction(_ inputs: SymbolicTensor...) -> SymbolicTensor { outputs(of: inputs)[0] }

    /// Applies the layer to outputs of other layers. Returns all outputs of the layer.
    ///
    /// - Parameter flags: the names of Keras's arguments that are true at this call, of the layer's `callFlags`.
    public func outputs(of inputs: [SymbolicTensor], flags: Set<String> = []) -> [SymbolicTensor] {
        let others = flags.subtracting(Self.callFlags)
        precondition(others.isEmpty, "\(Self.className) has no flags \(others.sorted()) of a call")
        return LayerCall(layer: self, inputs: inputs, options: CallOptions(flags: flags)).outputs
    }
}

extension Layer {
    /// What the layer takes in its only call, the first input if it takes several. Keras's `layer.input`.
    ///
    /// - Throws: `LayerError.calls` if there is no call, or several.
    public var input: SymbolicTensor {
        get throws(LayerError) {
            guard let input = try onlyCall.inputs.first else { return try onlyCall.outputs[0] }
            return input
        }
    }

    /// What the layer gives in its only call, the first output if it gives several. Keras's `layer.output`. A model can
    /// end there, or begin; it has the layers in common with the first, and their weights.
    ///
    ///     let features = try Model(inputs: model.inputs, outputs: model.layer(named: "hidden").output)
    ///
    /// - Throws: `LayerError.calls` if there is no call, or several.
    public var output: SymbolicTensor { get throws(LayerError) { try onlyCall.outputs[0] } }

    /// What the layer takes in one of its calls.
    ///
    /// - Parameter number: of the call, from 0, in the order in which the calls were made.
    /// - Throws: `LayerError.calls` if there is no such call.
    public func inputs(ofCall number: Int) throws(LayerError) -> [SymbolicTensor] { try call(number).inputs }

    /// What the layer gives in one of its calls.
    ///
    /// - Parameter number: of the call, from 0, in the order in which the calls were made.
    /// - Throws: `LayerError.calls` if there is no such call.
    public func outputs(ofCall number: Int) throws(LayerError) -> [SymbolicTensor] { try call(number).outputs }

    private var calls: [LayerCall] { properties.calls.compactMap(\.call) }

    private var onlyCall: LayerCall {
        get throws(LayerError) {
            let calls = calls
            guard calls.count == 1 else { throw .calls(layer: name, count: calls.count, received: nil) }
            return calls[0]
        }
    }

    private func call(_ number: Int) throws(LayerError) -> LayerCall {
        let calls = calls
        guard calls.indices.contains(number) else { throw .calls(layer: name, count: calls.count, received: number) }
        return calls[number]
    }
}

extension Graph {
    /// Makes the calls from which other models can be described, where the model was not described with them.
    package mutating func describe() {
        for index in nodes.indices {
            let node = nodes[index]
            let call =
                node.described
                ?? LayerCall(
                    layer: node.layer,
                    inputs: node.inputs.map { SymbolicTensor(of: nodes[$0.node].described!, output: $0.index) },
                    options: node.options)
            call.results = zip(node.partialShapes, node.specs).map { ($0, $1.type) }
            nodes[index].described = call
        }
    }

    /// The model's inputs and outputs in terms of which other models can be described. The graph has been described.
    package var describedInputs: [SymbolicTensor] {
        inputs.compactMap { nodes[$0].described.map { SymbolicTensor(of: $0, output: 0) } }
    }
    package var describedOutputs: [SymbolicTensor] {
        outputs.compactMap { output in nodes[output.node].described.map { SymbolicTensor(of: $0, output: output.index) }
        }
    }
}
