/// A call of a layer in a model, where models inside models are inlined.
package struct LayerCallRecord {
    /// The layer's name, behind those of the models that it lies in: `base/dense`.
    package let name: String
    /// All weights of the layer.
    package let weights: [Weight]
}
