import LockstepCompute
import LockstepGraph

/// Divides the kernel of a layer by its largest singular value σ while it trains (Miyato et al., 2018).
///
/// Input and output are those of the layer: one with a weight `kernel`, by which it multiplies its input, or an
/// `Embedding`. Each training step makes some steps of the power iteration, `v = u·Wᵀ/‖u·Wᵀ‖`, `u = v·W/‖v·W‖`, of W,
/// the kernel as a matrix `[…, columns]`, and computes with `W/σ` for `σ = v·W·uᵀ`. The gradient passes through σ, with
/// u and v fixed. As in Keras on JAX, the kernel itself is not divided: inference computes with it as it is. Default:
/// one step of the power iteration.
///
/// Weight besides those of the layer: as state `vector_u` `[1, columns]`, u (truncated normal of deviation 0.02).
///
///     model.add(SpectralNormalization(Conv2D(16, kernelSize: 3)))
public final class SpectralNormalization: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var powerIterations: Int
    @Configured("layer") private var inner: InnerLayer
    private var kernel, vector: Weight!

    public convenience init(_ layer: any Layer, powerIterations: Int = 1, name: String = "") {
        self.init(InnerLayer(layer), powerIterations: powerIterations, name: name)
    }

    private init(_ inner: InnerLayer, powerIterations: Int, name: String) {
        properties = LayerProperties(name: name)
        self.powerIterations = powerIterations
        self.inner = inner
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        self.init(try arguments.value("layer"), powerIterations: 1, name: "")
    }

    /// The layer whose kernel is normalized.
    public var layer: any Layer { inner.layer }
    public var sublayers: [any Layer] { [layer] }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        _ = try single(inputs)
        guard powerIterations > 0 else {
            throw .argument(
                layer: name, name: "powerIterations", requirement: "positive", received: "\(powerIterations)")
        }
        try weights.add(layer, as: "layer", inputs: inputs)
        // A layer of a program may use its kernel in other ways.
        let isKnown = LayerRegistry.builtIn.contains { $0 == type(of: layer) }
        guard isKnown,
            let declared = layer.properties.declared.first(where: {
                $0.path.isEmpty && ["kernel", "embeddings"].contains($0.weight.name)
            }), let columns = declared.weight.shape.last
        else {
            throw .argument(
                layer: name, name: "layer", requirement: "a layer of Keras's with a kernel or with embeddings",
                received: type(of: layer).className)
        }
        guard declared.weight.change == nil else {
            throw .argument(
                layer: name, name: "layer", requirement: "a layer without loraRank", received: layer.name)
        }
        kernel = declared.weight
        weights.repeat(kernel)
        vector = try weights.add(
            "vector_u", [1, columns], .truncatedNormal(standardDeviation: 0.02), role: .renewed)
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        let x = inputs[0]
        guard call.training else { return [try apply(to: x, call)] }
        let value = singularValue(x, call)
        func divided(_ x: SymbolicTensor) -> SymbolicTensor {
            x / reshape(value, Shape(x.spec.shape.dimensions.map { _ in 1 }))
        }
        // The layer is linear in its kernel and in its input, so that the input may be divided instead. Numbers of
        // embeddings may not, so there it is the output.
        return [layer is Embedding ? divided(try apply(to: x, call)) : try apply(to: divided(x), call)]
    }

    public func computeMask(_ inputs: [SymbolicTensor]) throws(LayerError) -> SymbolicTensor? {
        try layer.computeMask(inputs)
    }

    /// σ for each row of the batch, `[1]`. Renews u.
    private func singularValue(_ x: SymbolicTensor, _ call: Call) -> SymbolicTensor {
        // Operations need an input with the batch in front.
        let one = x.one
        let iterated = one.applying(PowerIterationOperation(iterations: powerIterations), with: [kernel, vector])
        guard iterated.count == 3 else { return one }
        call.renew(vector, with: iterated[1])
        let matrix: Shape = [kernel.shape.count / kernel.shape.last!, kernel.shape.last!]
        let product = (one * iterated[0]).applying(ProductOperation(matrix: matrix), with: [kernel])[0]
        // A kernel of zeros is not divided.
        return reshape(sum(product * iterated[1]), [1]) + iterated[2]
    }

    private func apply(to x: SymbolicTensor, _ call: Call) throws(LayerError) -> SymbolicTensor {
        let outputs = try layer.callInFormat([x], call)
        guard outputs.count == 1 else { throw .outputCount(layer: layer.name, expected: 1, received: outputs.count) }
        if let regularizer = layer.properties.activityRegularizer {
            try call.addPenalty(regularizer, of: outputs, layer: layer.name)
        }
        return outputs[0]
    }
}
