import LockstepCompute

/// The largest of each window, channel by channel.
///
/// Input `[batch, height, width, channels]`, output `[batch, height′, width′, channels]`. The gradient of an output goes to the element
/// that was the largest, the first of equals. Defaults: a pool of 2×2, strides of the pool's size, padding valid.
///
///     model.add(MaxPooling2D(2))
public final class MaxPooling2D: Layer {
    public var name: String
    @Configured public private(set) var poolSize: Size2D
    @Configured public private(set) var strides: Size2D
    @Configured public private(set) var padding: Padding
    private var windows: PoolWindows!

    public init(_ poolSize: Size2D = 2, strides: Size2D? = nil, padding: Padding = .valid, name: String = "") {
        self.poolSize = poolSize
        self.strides = strides ?? poolSize
        self.padding = padding
        self.name = name
    }

    public static var fixedArguments: [String: ConfigurationValue] { ["data_format": "channels_last"] }

    public static func modernize(_ arguments: inout [String: ConfigurationValue]) {
        // Null are the pool's size.
        if arguments["strides"] == .null { arguments["strides"] = nil }
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init(try arguments.value("pool_size", default: 2)) }

    public func build(_ inputs: [Shape], _ parameters: inout ParameterList) throws(LayerError) -> Shape {
        windows = try PoolWindows(layer: name, poolSize: poolSize, strides: strides, padding: padding, input: try single(inputs))
        return windows.output
    }

    public func memory(_ inputs: [Shape], output: Shape, training: Bool) -> LayerMemory { LayerMemory(caches: [output]) }

    public func forward(_ pass: Forward) {
        pool(.max, pass.input, y: windows.y, x: windows.x, winners: pass.caches[0], into: pass.output, on: pass.crew)
    }

    public func backward(_ pass: Backward) {
        guard let dx = pass.inputGradient else { return }
        poolGradient(.max, dy: pass.outputGradient, y: windows.y, x: windows.x, winners: pass.caches[0], into: dx, on: pass.crew)
    }
}
