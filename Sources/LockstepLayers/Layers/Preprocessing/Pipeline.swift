import LockstepCompute
import LockstepGraph

/// Layers one after another as one layer. Keras applies it to data too; here it is a layer of a model.
///
/// Input and output are those of the first and the last layer.
///
///     model.add(Pipeline([RandomFlip(.horizontal), RandomRotation(0.1), Rescaling(1.0 / 255)]))
public final class Pipeline: Layer {
    public let properties: LayerProperties
    @Configured("layers") private var inner: [InnerLayer]

    public convenience init(_ layers: [any Layer], name: String = "") {
        self.init(inner: layers.map(InnerLayer.init), name: name)
    }

    private init(inner: [InnerLayer], name: String) {
        properties = LayerProperties(name: name)
        self.inner = inner
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        self.init(inner: try arguments.value("layers"), name: "")
    }

    /// The layers in their order.
    public var layers: [any Layer] { inner.map(\.layer) }
    public var sublayers: [any Layer] { layers }

    public static var commonArguments: Set<String> { [] }
    public static var takesMask: Bool { true }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        _ = try single(inputs)
        guard !layers.isEmpty else {
            throw .argument(layer: name, name: "layers", requirement: "one layer or more", received: "none")
        }
        // The shapes in between follow from the layers' operations.
        let trace = Trace()
        var x = trace.input(inputs[0])
        for (layer, place) in zip(layers, Graph.places(of: layers)) {
            try weights.add(layer, in: .layer(at: place, name: layer.name), inputs: [x.spec])
            trace.begin(layer.name, weights: layer.properties.weights)
            x = try apply(layer, to: x, Call(trace: trace, training: false))
            if let error = trace.error { throw LayerError(error, in: layer.name) }
        }
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        var x = inputs[0]
        for layer in layers { x = try apply(layer, to: x, call).masked(by: layer.computeMask([x])) }
        return [x.masked(by: nil)]
    }

    private func apply(_ layer: any Layer, to x: SymbolicTensor, _ call: Call) throws(LayerError) -> SymbolicTensor {
        let outputs = try layer.callInFormat([x], call)
        guard outputs.count == 1 else { throw .outputCount(layer: layer.name, expected: 1, received: outputs.count) }
        return outputs[0]
    }
}
