import LockstepCompute
import LockstepGraph

/// Repeats each row and each column of an image. Input `[batch, height, width, channels]`, output
/// `[batch, height·size, width·size, channels]`. Default size 2.
///
///     model.add(UpSampling2D([2, 3]))
public final class UpSampling2D: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var size: Size2D

    public init(_ size: Size2D = 2, name: String = "") {
        self.size = size
        properties = LayerProperties(name: name)
    }

    public static var takesDataFormat: Bool { true }
    public static var fixedArguments: [String: ConfigurationValue] { ["interpolation": "nearest"] }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        [try upSampled(inputs, by: [size.height, size.width])]
    }
}
