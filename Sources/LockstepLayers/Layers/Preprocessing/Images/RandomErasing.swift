import LockstepCompute
import LockstepGraph

/// In training, replaces a random rectangle of some images. Input and output `[batch, height, width, channels]`; in
/// inference, the output is the input.
///
/// Width and height of the rectangle are each the root of a uniform number between the bounds `scale`, as a part of the
/// image's; it lies anywhere in the image. An image's chance is a uniform number between the bounds `factor`. Both are
/// from 0 to 1; a number f stands for those from 0 to f. The rectangle has `fillValue`, a number or one for each
/// channel, or without it normal noise times the highest value, cut to `valueRange`. Defaults: factor 1, scale 0.02 to
/// 0.33, values 0 to 255.
///
///     model.add(RandomErasing(0.5, fillValue: 127))
public final class RandomErasing: ImageLayer {
    public let properties: LayerProperties
    @Configured public private(set) var factor: Factor
    @Configured public private(set) var scale: Factor
    @Configured public private(set) var fillValue: Numbers?
    @Configured public private(set) var valueRange: ValueRange

    public init(
        _ factor: Factor = 1, scale: Factor = [0.02, 0.33], fillValue: Numbers? = nil, valueRange: ValueRange = .bytes,
        name: String = ""
    ) {
        self.factor = factor
        self.scale = scale
        self.fillValue = fillValue
        self.valueRange = valueRange
        properties = LayerProperties(name: name)
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    func checkArguments(_ image: Shape) throws(LayerError) {
        _ = try bounds("factor", factor, within: 0...1)
        _ = try bounds("scale", scale, within: 0...1)
        try check(valueRange)
        if let fillValue, !fillValue.isOne, fillValue.shape != [image[2]] {
            throw .argument(
                layer: name, name: "fillValue", requirement: "a number, or \(image[2]) of them",
                received: "\(fillValue.configurationValue)")
        }
    }

    func changed(_ images: SymbolicTensor, _ call: Call) throws(LayerError) -> SymbolicTensor {
        let isErased = call.chosen(try bounds("factor", factor, within: 0...1), like: images)
        let scale = try bounds("scale", scale, within: 0...1)
        let image = images.spec.shape
        func inside(_ places: Tensor, of size: Int) -> SymbolicTensor {
            call.part(of: places, size: size, share: sqrt(call.number(scale, like: images)))
        }
        let columns = Warp.columns(image[1]).part(at: 0, shape: [1, image[1], 1])
        let rows = Warp.rows(image[0]).part(at: 0, shape: [image[0], 1, 1])
        let mask = isErased * inside(columns, of: image[1]) * inside(rows, of: image[0])
        guard let fillValue else {
            let noise = valueRange.clipped(normalNoise(like: images, call) * Float(valueRange.high))
            return select(mask, noise, images)
        }
        let values = fillValue.floats.map { min(max($0, Float(valueRange.low)), Float(valueRange.high)) }
        return mask * Tensor(values) + (1 - mask) * images
    }
}
