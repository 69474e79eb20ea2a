import LockstepCompute

/// The mean of each window, channel by channel; places outside the image do not count.
///
/// Input `[batch, height, width, channels]`, output `[batch, height′, width′, channels]`. The gradient of an output is shared equally among
/// its window. Defaults: strides of the pool's size, padding valid.
///
///     model.add(AveragePooling2D(2))
public final class AveragePooling2D: Layer {
    public static let className = "AveragePooling2D"
    public var name: String
    public let poolSize: Size2D
    public let strides: Size2D
    public let padding: Padding
    private var windows: PoolWindows!

    public init(_ poolSize: Size2D, strides: Size2D? = nil, padding: Padding = .valid, name: String = "") {
        self.poolSize = poolSize
        self.strides = strides ?? poolSize
        self.padding = padding
        self.name = name
    }

    public var configuration: [String: any ConfigurationConvertible] {
        ["pool_size": poolSize, "strides": strides, "padding": padding, "data_format": "channels_last"]
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        self.init(
            try arguments.value("pool_size"), strides: try arguments.optional("strides"),
            padding: try arguments.value("padding", default: .valid))
    }

    public func build(_ inputs: [Shape], _ parameters: inout ParameterList) throws(LayerError) -> Shape {
        windows = try PoolWindows(layer: name, poolSize: poolSize, strides: strides, padding: padding, input: try single(inputs))
        return windows.output
    }

    public func memory(_ inputs: [Shape], output: Shape, training: Bool) -> LayerMemory { LayerMemory() }

    public func forward(_ pass: Forward) {
        pool(.average, pass.input, y: windows.y, x: windows.x, winners: nil, into: pass.output, on: pass.crew)
    }

    public func backward(_ pass: Backward) {
        guard let dx = pass.inputGradient else { return }
        poolGradient(.average, dy: pass.outputGradient, y: windows.y, x: windows.x, winners: nil, into: dx, on: pass.crew)
    }
}
