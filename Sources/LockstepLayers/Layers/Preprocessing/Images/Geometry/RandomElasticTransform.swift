import LockstepCompute
import LockstepGraph

/// In training, bends some images like rubber (P. Simard et al., 2003). Input and output
/// `[batch, height, width, channels]`; in inference, the output is the input.
///
/// Each pixel shows what was at a place beside it. Rows and columns of the places differ by fields of normal noise of
/// the deviation σ, blurred by a Gaussian kernel of σ that reaches 3σ far, times α: σ is `0.05·s` of the shorter and α
/// is `0.1·s` of the longer side of the image, where s is uniform between the bounds `scale`. An image's chance is a
/// uniform number between the bounds `factor`. Both are from 0 to 1; a number f stands for those from 0 to f. All is cut
/// to `valueRange`. Defaults: factor 1, scale 1, interpolation bilinear, fill mode reflect, values 0 to 255.
///
/// Keras gives rows and columns the same field on some of its backends; here they have two.
///
///     model.add(RandomElasticTransform(0.5, scale: 0.4))
public final class RandomElasticTransform: ImageLayer {
    public let properties: LayerProperties
    @Configured public private(set) var factor: Factor
    @Configured public private(set) var scale: Factor
    @Configured public private(set) var interpolation: PixelInterpolation
    @Configured public private(set) var fillMode: FillMode
    @Configured public private(set) var fillValue: Double
    @Configured public private(set) var valueRange: ValueRange

    public init(
        _ factor: Factor = 1, scale: Factor = 1, interpolation: PixelInterpolation = .bilinear,
        fillMode: FillMode = .reflect, fillValue: Double = 0, valueRange: ValueRange = .bytes, name: String = ""
    ) {
        self.factor = factor
        self.scale = scale
        self.interpolation = interpolation
        self.fillMode = fillMode
        self.fillValue = fillValue
        self.valueRange = valueRange
        properties = LayerProperties(name: name)
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    func checkArguments(_ image: Shape) throws(LayerError) {
        _ = try bounds("factor", factor, within: 0...1)
        _ = try bounds("scale", scale, within: 0...1)
        try check(valueRange)
    }

    func changed(_ images: SymbolicTensor, _ call: Call) throws(LayerError) -> SymbolicTensor {
        let chance = try bounds("factor", factor, within: 0...1)
        let scales = try bounds("scale", scale, within: 0...1)
        guard chance.high > 0, scales.high > 0 else { return images }
        let (height, width) = (images.spec.shape[0], images.spec.shape[1])
        let isBent = call.chosen(chance, like: images)
        let scale = call.number(scales, like: images)
        let (shorter, longer) = (Double(min(height, width)), Double(max(height, width)))
        let sigma = scale * Float(0.05 * shorter)
        let alpha = scale * Float(0.1 * longer)
        // The largest kernel that an image may need; pixels beyond an image's own have no weight.
        let size = Int(6 * 0.05 * shorter * scales.high) | 1
        let blur = BlurWeights.gaussian(size: size, sigma: sigma + 1e-6, reach: floor(floor(6 * sigma) / 2))
        func field() -> SymbolicTensor {
            let noise = normalNoise(like: images.channel(0), call) * sigma
            return reshape(noise.blurred(axis: 0, by: blur).blurred(axis: 1, by: blur) * alpha, [height, width])
        }
        let bent = Warp(interpolation: interpolation, fillMode: fillMode, fillValue: fillValue).images(
            images, rows: field() + Warp.rows(height), columns: field() + Warp.columns(width), size: (height, width))
        return valueRange.clipped(select(isBent, bent, images))
    }
}
