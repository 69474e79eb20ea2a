import LockstepCompute
import LockstepGraph

/// In training, shows some images in a random perspective. Input and output `[batch, height, width, channels]`; in
/// inference, the output is the input.
///
/// The corner (x, y) of an image moves to (x·(1 + r), y·(1 + s)), with r and s uniform within ±`scale`/2. An image's
/// chance to change is a uniform number between the bounds `factor`, from 0 to 1; a number f stands for those from 0 to
/// f. Outside the image is `fillValue`. Defaults: factor 1, scale 1, interpolation bilinear, fill value 0.
///
///     model.add(RandomPerspective(0.5, scale: 0.3))
public final class RandomPerspective: ImageLayer {
    public let properties: LayerProperties
    @Configured public private(set) var factor: Factor
    @Configured public private(set) var scale: Double
    @Configured public private(set) var interpolation: PixelInterpolation
    @Configured public private(set) var fillValue: Double

    public init(
        _ factor: Factor = 1, scale: Double = 1, interpolation: PixelInterpolation = .bilinear, fillValue: Double = 0,
        name: String = ""
    ) {
        self.factor = factor
        self.scale = scale
        self.interpolation = interpolation
        self.fillValue = fillValue
        properties = LayerProperties(name: name)
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    func checkArguments(_ image: Shape) throws(LayerError) {
        _ = try bounds("factor", factor, within: 0...1)
        guard scale >= 0, scale <= 1 else {
            throw .argument(layer: name, name: "scale", requirement: "from 0 to 1", received: "\(scale)")
        }
        guard image[0] > 1, image[1] > 1 else {
            throw .input(layer: name, requirement: "have two rows and two columns or more", received: image)
        }
    }

    // The corner (0, 0) stays. In parts of the height and the width, (1, 0) moves to (a, 0), (0, 1) to (0, b) and
    // (1, 1) to (c, d). Heckbert's projective map of the unit square to four points ("Fundamentals of texture mapping
    // and image warping", 1989) is then (u, v) → (p·u, q·v) / (g·u + h·v + 1), and its inverse is
    // (x, y) → (x/p, y/q) / (1 − g/p·x − h/q·y).
    func changed(_ images: SymbolicTensor, _ call: Call) throws(LayerError) -> SymbolicTensor {
        let isChanged = call.chosen(try bounds("factor", factor, within: 0...1), like: images)
        func moved() -> SymbolicTensor {
            reshape(call.number(from: 1 - 0.5 * scale, to: 1 + 0.5 * scale, like: images), [1, 1])
        }
        let (a, b, c, d) = (moved(), moved(), moved(), moved())
        let determinant = a * b - a * d - b * c
        let (g, h) = (-a * (b - d) / determinant, -b * (a - c) / determinant)
        let (p, q) = (a * (1 + g), b * (1 + h))
        let (height, width) = (images.spec.shape[0], images.spec.shape[1])
        let (x, y) = (1 / p * Warp.columns(width), 1 / q * Warp.rows(height))
        let depth = 1 - g * x / Float(width - 1) - h * y / Float(height - 1)
        let warped = Warp(interpolation: interpolation, fillMode: .constant, fillValue: fillValue)
            .images(images, rows: y / depth, columns: x / depth, size: (height, width))
        return select(isChanged, warped, images)
    }
}
