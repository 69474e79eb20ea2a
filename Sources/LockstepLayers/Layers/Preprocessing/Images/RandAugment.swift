import LockstepCompute
import LockstepGraph

/// In training, changes images by layers that are chosen at random, one after another (E. D. Cubuk et al., 2020). Input
/// and output `[batch, height, width, 3]`; in inference, the output is the input.
///
/// Of `numOps` times (default 2), an image is changed by one of `RandomShear`, `RandomTranslation`, `RandomRotation`,
/// `RandomBrightness`, `RandomColorDegeneration`, `RandomContrast`, `RandomSharpness`, `RandomPosterization`,
/// `Solarization`, `AutoContrast` and `Equalization`, with the bounds `factor` of each. They are from 0 to 1; a number f
/// stands for those from 0 to f. Default 0.5, values of 0 to 255, interpolation bilinear.
///
///     model.add(RandAugment(numOps: 3, factor: 0.3))
public final class RandAugment: ImageLayer {
    public let properties: LayerProperties
    @Configured public private(set) var valueRange: ValueRange
    @Configured public private(set) var numOps: Int
    @Configured public private(set) var factor: Factor
    @Configured public private(set) var interpolation: PixelInterpolation

    public init(
        valueRange: ValueRange = .bytes, numOps: Int = 2, factor: Factor = 0.5,
        interpolation: PixelInterpolation = .bilinear, name: String = ""
    ) {
        self.valueRange = valueRange
        self.numOps = numOps
        self.factor = factor
        self.interpolation = interpolation
        properties = LayerProperties(name: name)
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    private func choice() throws(LayerError) -> RandomChoice {
        RandomChoice(
            valueRange: valueRange, factor: try bounds("factor", factor, within: 0...1), interpolation: interpolation,
            hasColors: true, hasNone: false, name: name)
    }

    func checkArguments(_ image: Shape) throws(LayerError) {
        guard numOps >= 0 else {
            throw .argument(layer: name, name: "numOps", requirement: "0 or more", received: "\(numOps)")
        }
        try choice().checkArguments(image)
    }

    func changed(_ images: SymbolicTensor, _ call: Call) throws(LayerError) -> SymbolicTensor {
        var images = images
        for _ in 0..<numOps { images = try choice().changed(images, call) }
        return images
    }
}
