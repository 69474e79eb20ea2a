import LockstepCompute
import LockstepGraph

/// Applies a layer to every step of a sequence, with the same weights.
///
/// Input `[batch, time, …]`, output `[batch, time, …′]`, if the layer turns `[batch, …]` into `[batch, …′]`. Steps are
/// treated as rows of the batch. A `BatchNormalization` that trains is an exception: as in Keras, each step has its own
/// statistics, and each step updates the moving ones. A stateful layer is another: its states go from step to step. A
/// step of the mask is the mask of the layer's input.
///
///     model.add(TimeDistributed(Conv2D(16, kernelSize: 3)))
public final class TimeDistributed: Layer {
    public let properties: LayerProperties
    @Configured("layer") private var inner: InnerLayer
    /// The input's shape, if the layer is the first: `[time, …]`.
    public let inputShape: PartialShape?

    public convenience init(_ layer: any Layer, inputShape: PartialShape? = nil, name: String = "") {
        self.init(InnerLayer(layer), inputShape: inputShape, name: name)
    }

    private init(_ inner: InnerLayer, inputShape: PartialShape?, name: String) {
        properties = LayerProperties(name: name)
        self.inputShape = inputShape
        self.inner = inner
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        self.init(try arguments.value("layer"), inputShape: nil, name: "")
    }

    /// The layer that is applied to every step.
    public var layer: any Layer { inner.layer }
    public var sublayers: [any Layer] { [layer] }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        let input = try single(inputs)
        guard input.rank >= 2, input[0] > 0 else {
            throw .input(
                layer: name, requirement: "have rows of [time, …] with one dimension or more for a step",
                received: input)
        }
        guard !(layer is InputLayer) else {
            throw .argument(
                layer: name, name: "layer", requirement: "a layer that computes something", received: "an InputLayer")
        }
        try weights.add(layer, as: "layer", inputs: [TensorSpec(step(of: input))])
    }

    private func step(of input: Shape) -> Shape { Shape(Array(input.dimensions.dropFirst())) }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        let input = try single(inputs.map(\.spec))
        let movesStatistics = call.training && layer.properties.weights.contains { $0.role == .renewed }
        let isByStep = movesStatistics || layer.isStateful
        if let mask = inputs[0].mask, mask.spec.shape.dimensions.first != input[0] {
            throw .mask(
                layer: name, requirement: "begin with the \(input[0]) steps of its input", received: mask.spec.shape)
        }
        guard isByStep else {
            return [try apply(to: inputs[0].folded.masked(by: inputs[0].mask?.folded), call).unfolded(input[0])]
        }
        var steps: [SymbolicTensor] = []
        for time in 0..<input[0] {
            func step(_ x: SymbolicTensor) -> SymbolicTensor {
                reshape(slice(x, axis: 0, time..<time + 1), self.step(of: x.spec.shape))
            }
            let output = try apply(to: step(inputs[0]).masked(by: inputs[0].mask.map(step)), call)
            steps.append(reshape(output, output.spec.shape.rows(1)))
        }
        return [concatenate(steps, axis: 0)]
    }

    private func apply(to input: SymbolicTensor, _ call: Call) throws(LayerError) -> SymbolicTensor {
        let outputs = try layer.callInFormat([input], call)
        guard outputs.count == 1 else { throw .outputCount(layer: layer.name, expected: 1, received: outputs.count) }
        return outputs[0]
    }

    public static var takesMask: Bool { true }
    public func computeMask(_ inputs: [SymbolicTensor]) -> SymbolicTensor? { inputs[0].mask }
}
