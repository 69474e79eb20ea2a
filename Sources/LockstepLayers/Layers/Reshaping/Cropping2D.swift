import LockstepCompute
import LockstepGraph

/// Cuts off the borders of a image.
///
/// Input and output `[batch, height, width, channels]`. `cropping` is the number of rows and columns to cut off before
/// and behind; default 0.
///
///     model.add(Cropping2D([1, [0, 2]]))
public final class Cropping2D: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var cropping: Margins

    public init(_ cropping: Margins = 0, name: String = "") {
        self.cropping = cropping
        properties = LayerProperties(name: name)
    }

    public static var takesDataFormat: Bool { true }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        [try cropped(inputs, by: cropping, rank: 2)]
    }
}
