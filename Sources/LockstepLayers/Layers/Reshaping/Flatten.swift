import LockstepCompute
import LockstepGraph

/// Joins all dimensions except the batch into one: `[batch, a, b, …]` becomes `[batch, a·b·…]`. The elements keep their
/// order.
public final class Flatten: Layer {
    public let properties: LayerProperties

    public init(name: String = "") { properties = LayerProperties(name: name) }

    public static var takesDataFormat: Bool { true }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) { _ = try single(inputs) }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] {
        [reshape(inputs[0], [inputs[0].spec.shape.count])]
    }
}
