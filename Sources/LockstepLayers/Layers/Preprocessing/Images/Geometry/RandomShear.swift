import LockstepCompute
import LockstepGraph

/// In training, shears images: it shifts rows by a random part of their distance from the first row, and columns
/// likewise. Input and output `[batch, height, width, channels]`; in inference, the output is the input.
///
/// A factor is a pair of bounds from 0 to 1, or a number f for those from −f to f. Half of the images get the numbers
/// with the opposite sign. Default fill mode reflect, interpolation bilinear, fill value 0.
///
///     model.add(RandomShear([0, 0.2], [0, 0.1]))
public final class RandomShear: ImageLayer {
    public let properties: LayerProperties
    @Configured public private(set) var xFactor: Factor
    @Configured public private(set) var yFactor: Factor
    @Configured public private(set) var interpolation: PixelInterpolation
    @Configured public private(set) var fillMode: FillMode
    @Configured public private(set) var fillValue: Double

    public init(
        _ xFactor: Factor = 0, _ yFactor: Factor = 0, interpolation: PixelInterpolation = .bilinear,
        fillMode: FillMode = .reflect, fillValue: Double = 0, name: String = ""
    ) {
        properties = LayerProperties(name: name)
        self.xFactor = xFactor
        self.yFactor = yFactor
        self.interpolation = interpolation
        self.fillMode = fillMode
        self.fillValue = fillValue
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    func checkArguments(_ image: Shape) throws(LayerError) {
        _ = try bounds("xFactor", xFactor)
        _ = try bounds("yFactor", yFactor)
    }

    /// Keras writes the bounds −f and f, which it does not take itself.
    private func bounds(_ argument: String, _ factor: Factor) throws(LayerError) -> (low: Double, high: Double) {
        if case .two(let low, let high) = factor, low == -high, abs(high) <= 1 { return (min(low, high), abs(high)) }
        if case .one(let number) = factor, number >= 0, number <= 1 { return (-number, number) }
        return try bounds(argument, factor, within: 0...1)
    }

    func changed(_ images: SymbolicTensor, _ call: Call) throws(LayerError) -> SymbolicTensor {
        let sign = 1 - 2 * call.chosen((0.5, 0.5), like: images)
        let (x, y) = (
            call.number(try bounds("xFactor", xFactor), like: images) * sign,
            call.number(try bounds("yFactor", yFactor), like: images) * sign
        )
        return Warp(interpolation: interpolation, fillMode: fillMode, fillValue: fillValue)
            .images(images, a: [1, .tensor(x), 0], b: [.tensor(y), 1, 0])
    }
}
