import LockstepCompute
import LockstepGraph
import LockstepLayers

/// A model inside another one is a layer. Its weights are those of its layers, and lie in the other model's memory from
/// then on.
///
///     let base = Sequential([Dense(64, activation: .relu, inputDim: 32), Dropout(0.2)])
///     let (left, right) = (Input([32]), Input([32]))
///     let model = try Model(inputs: [left, right], outputs: Dense(1)(Subtract()(base(left), base(right))))
///
/// The inner model keeps the values of its weights. It can predict, evaluate and be saved by itself, with the shared
/// weights. Only the outermost model trains. When that is gone, the inner model has its weights to itself again.
extension Model: GraphLayer {
    public var configuration: [String: any ConfigurationConvertible] { [:] }
    public var outputCount: Int { knownGraph?.outputs.count ?? 1 }
    /// The model's layers, without inputs.
    public var sublayers: [any Layer] { layers.filter { !($0 is InputLayer) } }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        try graph(inputs.first?.shape).build(as: self, inputs, &weights)
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        try graph(inputs.first?.spec.shape).call(as: self, inputs, call)
    }

    private func graph(_ inputShape: Shape?) throws(LayerError) -> Graph {
        do {
            let graph = try connected(inputShape: inputShape)
            guard let inputShape, let known = graph.inputShapes.first, !known.accepts(inputShape) else { return graph }
            return try regraph(taking: inputShape) ?? graph
        } catch { throw .within(model: name, error) }
    }
}
