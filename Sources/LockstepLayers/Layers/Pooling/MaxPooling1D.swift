import LockstepCompute
import LockstepGraph

/// The largest value of each window for each channel.
///
/// Input `[batch, time, channels]`, output `[batch, time′, channels]`. The gradient of an output goes to the largest
/// element of the window. If several are equal, it goes to the first. Defaults: a pool of 2, strides equal to the pool
/// size, padding valid.
///
///     model.add(MaxPooling1D(3))
public final class MaxPooling1D: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var poolSize: Size1D
    @Configured public private(set) var strides: Size1D
    @Configured public private(set) var padding: Padding

    public init(_ poolSize: Size1D = 2, strides: Size1D? = nil, padding: Padding = .valid, name: String = "") {
        self.poolSize = poolSize
        self.strides = strides ?? poolSize
        self.padding = padding
        properties = LayerProperties(name: name)
    }

    public static var takesDataFormat: Bool { true }

    public static func modernize(_ arguments: inout [String: ConfigurationValue]) {
        // Null means strides equal to the pool size.
        if arguments["strides"] == .null { arguments["strides"] = nil }
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        self.init(try arguments.value("pool_size", default: 2))
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        [try pooled(.max, inputs, poolSize: poolSize.lengths, strides: strides.lengths, padding: padding)]
    }
}
