import LockstepCompute
import LockstepGraph

/// The mean of each channel over the whole image.
///
/// Input `[batch, height, width, channels]`, output `[batch, channels]`, or with `keepDims` `[batch, 1, 1, channels]`.
/// The gradient of an output is divided equally among the elements of the image.
///
///     model.add(GlobalAveragePooling2D())
public final class GlobalAveragePooling2D: Layer {
    public let properties: LayerProperties
    @Configured("keepdims") public private(set) var keepDims: Bool

    public init(keepDims: Bool = false, name: String = "") {
        properties = LayerProperties(name: name)
        self.keepDims = keepDims
    }

    public static var takesDataFormat: Bool { true }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        [try pooledWhole(.average, inputs, keepDims: keepDims)]
    }
}
