import LockstepCompute
import LockstepGraph

/// Puts zeros around a sequence.
///
/// Input and output `[batch, time, channels]`. `padding` is the number of steps before and behind; default 1.
///
///     model.add(ZeroPadding1D([2, 0]))
public final class ZeroPadding1D: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var padding: Margin

    public init(_ padding: Margin = 1, name: String = "") {
        self.padding = padding
        properties = LayerProperties(name: name)
    }

    public static var takesDataFormat: Bool { true }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        [try padded(inputs, by: Margins([padding]), rank: 1)]
    }
}
