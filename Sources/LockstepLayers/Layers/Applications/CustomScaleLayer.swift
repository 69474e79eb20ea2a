import LockstepCompute
import LockstepGraph

/// A residual connection with a factor, `y = a + scale·b`, as Inception-ResNet v2 in Keras's `applications` has it.
/// Inputs a and b and the output have one shape.
///
///     let y = CustomScaleLayer(scale: 0.17)(a, b)
public final class CustomScaleLayer: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var scale: Double

    public init(scale: Double, name: String = "") {
        self.scale = scale
        properties = LayerProperties(name: name)
    }

    public static var module: String { "keras.src.applications.inception_resnet_v2" }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        self.init(scale: try arguments.value("scale"))
    }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        try checkMerged(inputs, count: 2)
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] {
        [inputs[0] + inputs[1] * Float(scale)]
    }
}
