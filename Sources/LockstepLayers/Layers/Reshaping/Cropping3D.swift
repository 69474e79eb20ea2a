import LockstepCompute
import LockstepGraph

/// Cuts off the borders of a volume.
///
/// Input and output `[batch, depth, height, width, channels]`. `cropping` is the number of planes, rows and columns to
/// cut off before and behind; default 1.
///
///     model.add(Cropping3D(1))
public final class Cropping3D: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var cropping: Margins

    public init(_ cropping: Margins = 1, name: String = "") {
        self.cropping = cropping
        properties = LayerProperties(name: name)
    }

    public static var takesDataFormat: Bool { true }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        [try cropped(inputs, by: cropping, rank: 3)]
    }
}
