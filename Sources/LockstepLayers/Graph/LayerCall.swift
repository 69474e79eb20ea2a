import LockstepCompute
import LockstepGraph

/// One application of a layer in a model that is being described.
final class LayerCall: SymbolicSource {
    let layer: any Layer
    let inputs: [SymbolicTensor]

    init(layer: any Layer, inputs: [SymbolicTensor]) {
        self.layer = layer
        self.inputs = inputs
    }
}

/// The input of a functional model. `shape` is the shape of one row; a dimension that differs between calls of the
/// model is nil. Set `type` to int32 for whole numbers beyond 2²⁴.
///
///     let input = Input([64])
///     let hidden = Dense(32, activation: .relu)(input)
///     let model = try Model(inputs: input, outputs: Dense(10, activation: .softmax)(hidden))
// Capitalized like Keras's `Input`.
// swift-format-ignore: AlwaysUseLowerCamelCase
public func Input(_ shape: PartialShape, type: DataType = .float32, name: String = "") -> SymbolicTensor {
    SymbolicTensor(of: LayerCall(layer: InputLayer(shape, type: type, name: name), inputs: []), output: 0)
}

/// The input of a functional model whose shape is known: `Input(x.shape.row)`.
// swift-format-ignore: AlwaysUseLowerCamelCase
public func Input(_ shape: Shape, type: DataType = .float32, name: String = "") -> SymbolicTensor {
    Input(PartialShape(shape), type: type, name: name)
}

extension Layer {
    /// Applies the layer to outputs of other layers. Returns the first output if the layer has several.
    public func callAsFunction(_ inputs: SymbolicTensor...) -> SymbolicTensor { outputs(of: inputs)[0] }

    /// Applies the layer to outputs of other layers. Returns all outputs of the layer.
    public func outputs(of inputs: [SymbolicTensor]) -> [SymbolicTensor] {
        let call = LayerCall(layer: self, inputs: inputs)
        return (0..<outputCount).map { SymbolicTensor(of: call, output: $0) }
    }
}
