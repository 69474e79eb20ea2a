import LockstepCompute
import LockstepGraph

/// In training, zooms into images, or out of them. Input and output `[batch, height, width, channels]`; in inference,
/// the output is the input.
///
/// A factor is a pair of bounds from above −1 to 1, or a number f for those from −f to f. An image shows 1 + factor of
/// its height and width: negative factors zoom in. Without a factor of the width that of the height is used, so that
/// the aspect ratio stays. Default fill mode reflect, interpolation bilinear, fill value 0.
///
///     model.add(RandomZoom([-0.2, 0.1]))
public final class RandomZoom: ImageLayer {
    public let properties: LayerProperties
    @Configured public private(set) var heightFactor: Factor
    @Configured public private(set) var widthFactor: Factor?
    @Configured public private(set) var fillMode: FillMode
    @Configured public private(set) var interpolation: PixelInterpolation
    @Configured public private(set) var fillValue: Double

    public init(
        _ heightFactor: Factor, _ widthFactor: Factor? = nil, fillMode: FillMode = .reflect,
        interpolation: PixelInterpolation = .bilinear, fillValue: Double = 0, name: String = ""
    ) {
        self.heightFactor = heightFactor
        self.widthFactor = widthFactor
        self.fillMode = fillMode
        self.interpolation = interpolation
        self.fillValue = fillValue
        properties = LayerProperties(name: name)
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        self.init(try arguments.value("height_factor"))
    }

    /// More than −1, which would show nothing.
    private static let range = (-1.0).nextUp...1

    func checkArguments(_ image: Shape) throws(LayerError) {
        _ = try bounds("heightFactor", heightFactor, within: Self.range)
        if let widthFactor { _ = try bounds("widthFactor", widthFactor, within: Self.range) }
    }

    func changed(_ images: SymbolicTensor, _ call: Call) throws(LayerError) -> SymbolicTensor {
        func zoom(_ argument: String, _ factor: Factor) throws(LayerError) -> SymbolicTensor {
            let bounds = try bounds(argument, factor, within: Self.range)
            return call.number(from: 1 + bounds.low, to: 1 + bounds.high, like: images)
        }
        let vertical = try zoom("heightFactor", heightFactor)
        var horizontal = vertical
        if let widthFactor { horizontal = try zoom("widthFactor", widthFactor) }
        func start(_ size: Int, _ zoom: SymbolicTensor) -> AffineFactor {
            .tensor((Float(size) - 1) / 2 * (1 - zoom))
        }
        return Warp(interpolation: interpolation, fillMode: fillMode, fillValue: fillValue).images(
            images, a: [.tensor(horizontal), 0, start(images.spec.shape[1], horizontal)],
            b: [0, .tensor(vertical), start(images.spec.shape[0], vertical)])
    }
}
