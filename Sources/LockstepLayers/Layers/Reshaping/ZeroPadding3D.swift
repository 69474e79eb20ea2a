import LockstepCompute
import LockstepGraph

/// Puts zeros around a volume.
///
/// Input and output `[batch, depth, height, width, channels]`. `padding` is the number of planes, rows and columns
/// before and behind; default 1.
///
///     model.add(ZeroPadding3D(1))
public final class ZeroPadding3D: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var padding: Margins

    public init(_ padding: Margins = 1, name: String = "") {
        self.padding = padding
        properties = LayerProperties(name: name)
    }

    public static var takesDataFormat: Bool { true }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        [try padded(inputs, by: padding, rank: 3)]
    }
}
