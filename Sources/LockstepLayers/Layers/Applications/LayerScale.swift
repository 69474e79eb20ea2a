import LockstepCompute
import LockstepGraph

/// A factor for each channel, `y = γ ⊙ x` (Touvron et al., 2021), as ConvNeXt in Keras's `applications` has it.
///
/// Input and output `[batch, …, channels]`; `gamma` γ `[projectionDim]`, which begins as `initValues`. `projectionDim`
/// is the number of channels.
///
///     model.add(LayerScale(initValues: 1e-6, projectionDim: 96))
public final class LayerScale: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var initValues: Double
    @Configured public private(set) var projectionDim: Int
    public private(set) var gamma: Weight!

    public init(initValues: Double, projectionDim: Int, name: String = "") {
        self.initValues = initValues
        self.projectionDim = projectionDim
        properties = LayerProperties(name: name)
    }

    public static var module: String { "keras.src.applications.convnext" }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        self.init(
            initValues: try arguments.value("init_values"), projectionDim: try arguments.value("projection_dim"))
    }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        let input = try single(inputs)
        guard input.last == projectionDim, projectionDim > 0 else {
            throw .input(
                layer: name, requirement: "have \(projectionDim) channels, as projectionDim says", received: input)
        }
        gamma = try weights.add("gamma", [projectionDim], .constant(Float(initValues)))
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] { [inputs[0] * gamma] }
}
