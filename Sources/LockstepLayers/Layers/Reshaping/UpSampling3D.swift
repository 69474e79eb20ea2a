import LockstepCompute
import LockstepGraph

/// Repeats each plane, row and column of a volume. Input `[batch, depth, height, width, channels]`, output
/// `[batch, depth·size, height·size, width·size, channels]`. Default size 2.
///
///     model.add(UpSampling3D([1, 2, 2]))
public final class UpSampling3D: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var size: Size3D

    public init(_ size: Size3D = 2, name: String = "") {
        self.size = size
        properties = LayerProperties(name: name)
    }

    public static var takesDataFormat: Bool { true }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        [try upSampled(inputs, by: size.lengths)]
    }
}
