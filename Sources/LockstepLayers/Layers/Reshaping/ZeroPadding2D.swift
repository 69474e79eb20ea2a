import LockstepCompute
import LockstepGraph

/// Puts zeros around a image.
///
/// Input and output `[batch, height, width, channels]`. `padding` is the number of rows and columns before and behind;
/// default 1.
///
///     model.add(ZeroPadding2D([1, [0, 2]]))
public final class ZeroPadding2D: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var padding: Margins

    public init(_ padding: Margins = 1, name: String = "") {
        self.padding = padding
        properties = LayerProperties(name: name)
    }

    public static var takesDataFormat: Bool { true }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        [try padded(inputs, by: padding, rank: 2)]
    }
}
