import LockstepCompute
import LockstepGraph
import LockstepLayers

/// The layers in a model, and the tensors between them, from which other models can be made.
extension Model {
    /// A layer, from whose inputs and outputs other models can be made: Keras's `get_layer`.
    ///
    /// - Throws: `TrainingError.noLayer` if there is none of this name.
    public func layer(named name: String) throws -> any Layer {
        if knowsInputShape {
            _ = try build()
            _ = try described()
        }
        guard let layer = layers.first(where: { $0.name == name }) else {
            throw TrainingError.noLayer(named: name, present: layers.map { "'\($0.name)'" })
        }
        return layer
    }

    /// What a layer gives in its only call, from which another model can be made. A layer of a model within this one is
    /// named by its path: `"base/conv1"`.
    ///
    /// - Throws: as `layer(named:)`; `LayerError.calls` if the layer, or a model that it lies in, is called several
    ///   times.
    public func output(ofLayer path: String) throws -> SymbolicTensor {
        guard !layers.contains(where: { $0.name == path }), let slash = path.firstIndex(of: "/"),
            let inner = try? layer(named: String(path[..<slash])) as? Model
        else { return try layer(named: path).output }
        let end = try inner.output(ofLayer: String(path[path.index(after: slash)...]))
        // It fails if the inner model is called several times.
        _ = try (inner as any Layer).output
        let part = try Model(
            inputs: inner.inputs, outputs: end, name: path, communicator: givenCommunicator)
        return try part.outputs(of: inner.inputs(ofCall: 0))[0]
    }

    /// The model's inputs as tensors to describe other models with, which have the layers in common with this one.
    ///
    ///     base.isTrainable = false
    ///     let model = try Model(inputs: base.inputs, outputs: Dense(5, activation: .softmax)(base.output))
    ///
    /// Training one of the models changes the layers of the other.
    ///
    /// - Throws: `LayerError` if the layers do not fit together or the input shape is not known yet.
    public var inputs: [SymbolicTensor] { get throws(LayerError) { try described().describedInputs } }
    /// The model's outputs, as `inputs`.
    ///
    /// - Throws: `LayerError` if the layers do not fit together or the input shape is not known yet.
    public var outputs: [SymbolicTensor] { get throws(LayerError) { try described().describedOutputs } }
    /// The first of `inputs`.
    ///
    /// - Throws: as `inputs`.
    public var input: SymbolicTensor { get throws(LayerError) { try inputs[0] } }
    /// The first of `outputs`.
    ///
    /// - Throws: as `inputs`.
    public var output: SymbolicTensor { get throws(LayerError) { try outputs[0] } }

    /// The layers, and those of models within the model, each with the names of these models in front: `base/conv1`.
    package var layerPaths: [(path: String, layer: any Layer)] {
        layers.filter { !($0 is InputLayer) }.flatMap { layer in
            [(layer.name, layer)]
                + ((layer as? Model)?.layerPaths.map { ("\(layer.name)/\($0.path)", $0.layer) } ?? [])
        }
    }
}
