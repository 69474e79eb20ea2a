import LockstepCompute
import LockstepGraph

/// In training, rotates images about their middle by random angles. Input and output
/// `[batch, height, width, channels]`; in inference, the output is the input.
///
/// The factor is a part of a whole turn: a pair of bounds from −1 to 1, or a number f for those from −f to f. Positive
/// angles turn counterclockwise. Default fill mode reflect, interpolation bilinear, fill value 0.
///
///     model.add(RandomRotation(0.1))
public final class RandomRotation: ImageLayer {
    public let properties: LayerProperties
    @Configured public private(set) var factor: Factor
    @Configured public private(set) var fillMode: FillMode
    @Configured public private(set) var interpolation: PixelInterpolation
    @Configured public private(set) var fillValue: Double

    public init(
        _ factor: Factor, fillMode: FillMode = .reflect, interpolation: PixelInterpolation = .bilinear,
        fillValue: Double = 0, name: String = ""
    ) {
        self.factor = factor
        self.fillMode = fillMode
        self.interpolation = interpolation
        self.fillValue = fillValue
        properties = LayerProperties(name: name)
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        self.init(try arguments.value("factor"))
    }

    func checkArguments(_ image: Shape) throws(LayerError) { _ = try bounds("factor", factor, within: -1...1) }

    func changed(_ images: SymbolicTensor, _ call: Call) throws(LayerError) -> SymbolicTensor {
        let turns = try bounds("factor", factor, within: -1...1)
        let angle = call.number(from: 360 * turns.low, to: 360 * turns.high, like: images) * (.pi / 180)
        let (sine, cosine) = (sin(angle), cos(angle))
        let (y, x) = (0.5 * Float(images.spec.shape[0] - 1), 0.5 * Float(images.spec.shape[1] - 1))
        return Warp(interpolation: interpolation, fillMode: fillMode, fillValue: fillValue).images(
            images, a: [.tensor(cosine), .tensor(-sine), .tensor(x - x * cosine + y * sine)],
            b: [.tensor(sine), .tensor(cosine), .tensor(y - x * sine - y * cosine)])
    }
}
