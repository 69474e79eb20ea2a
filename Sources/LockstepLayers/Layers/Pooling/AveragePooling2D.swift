import LockstepCompute
import LockstepGraph

/// The mean of each window for each channel. Positions outside the image do not count.
///
/// Input `[batch, height, width, channels]`, output `[batch, height′, width′, channels]`. The gradient of an output is
/// divided equally among the elements of its window. Defaults: strides equal to the pool size, padding valid.
///
///     model.add(AveragePooling2D(2))
public final class AveragePooling2D: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var poolSize: Size2D
    @Configured public private(set) var strides: Size2D
    @Configured public private(set) var padding: Padding

    public init(_ poolSize: Size2D, strides: Size2D? = nil, padding: Padding = .valid, name: String = "") {
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
        self.init(try arguments.value("pool_size"))
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        [try pooled(.average, inputs, poolSize: poolSize.lengths, strides: strides.lengths, padding: padding)]
    }
}
