import LockstepCompute
import LockstepGraph

/// In training, shifts images by random parts of their height and width. Input and output
/// `[batch, height, width, channels]`; in inference, the output is the input.
///
/// A factor is a pair of bounds from −1 to 1, or a number f for those from −f to f; positive ones shift down and to the
/// right. Default fill mode reflect, interpolation bilinear, fill value 0.
///
///     model.add(RandomTranslation(0.1, [-0.2, 0.3]))
public final class RandomTranslation: ImageLayer {
    public let properties: LayerProperties
    @Configured public private(set) var heightFactor: Factor
    @Configured public private(set) var widthFactor: Factor
    @Configured public private(set) var fillMode: FillMode
    @Configured public private(set) var interpolation: PixelInterpolation
    @Configured public private(set) var fillValue: Double

    public init(
        _ heightFactor: Factor, _ widthFactor: Factor, fillMode: FillMode = .reflect,
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
        self.init(try arguments.value("height_factor"), try arguments.value("width_factor"))
    }

    func checkArguments(_ image: Shape) throws(LayerError) {
        _ = try bounds("heightFactor", heightFactor, within: -1...1)
        _ = try bounds("widthFactor", widthFactor, within: -1...1)
    }

    func changed(_ images: SymbolicTensor, _ call: Call) throws(LayerError) -> SymbolicTensor {
        let vertical = call.number(try bounds("heightFactor", heightFactor, within: -1...1), like: images)
        let horizontal = call.number(try bounds("widthFactor", widthFactor, within: -1...1), like: images)
        let (down, right) = (vertical * Float(images.spec.shape[0]), horizontal * Float(images.spec.shape[1]))
        return Warp(interpolation: interpolation, fillMode: fillMode, fillValue: fillValue)
            .images(images, a: [1, 0, .tensor(-right)], b: [0, 1, .tensor(-down)])
    }
}
