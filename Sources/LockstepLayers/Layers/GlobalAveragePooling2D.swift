import LockstepCompute

/// The mean of each channel over the whole image.
///
/// Input `[batch, height, width, channels]`, output `[batch, channels]`, or with `keepDims` `[batch, 1, 1, channels]`. The gradient of an
/// output is shared equally among the image.
///
///     model.add(GlobalAveragePooling2D())
public final class GlobalAveragePooling2D: Layer {
    public var name: String
    @Configured("keepdims") public private(set) var keepDims: Bool
    private var windows: PoolWindows!

    public init(keepDims: Bool = false, name: String = "") {
        self.name = name
        self.keepDims = keepDims
    }

    public static var fixedArguments: [String: ConfigurationValue] { ["data_format": "channels_last"] }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func build(_ inputs: [Shape], _ parameters: inout ParameterList) throws(LayerError) -> Shape {
        let input = try single(inputs)
        windows = try PoolWindows(layer: name, wholeOf: input)
        return keepDims ? windows.output : [input[2]]
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
