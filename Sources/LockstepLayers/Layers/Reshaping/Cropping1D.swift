import LockstepCompute
import LockstepGraph

/// Cuts off the borders of a sequence.
///
/// Input and output `[batch, time, channels]`. `cropping` is the number of steps to cut off before and behind; default
/// 1.
///
///     model.add(Cropping1D([2, 0]))
public final class Cropping1D: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var cropping: Margin

    public init(_ cropping: Margin = 1, name: String = "") {
        self.cropping = cropping
        properties = LayerProperties(name: name)
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        [try cropped(inputs, by: Margins([cropping]), rank: 1)]
    }
}
