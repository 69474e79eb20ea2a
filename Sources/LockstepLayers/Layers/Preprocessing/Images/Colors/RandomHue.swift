import LockstepCompute
import LockstepGraph

/// In training, turns the colors of images around the color circle. Input and output `[batch, height, width, 3]`; in
/// inference, the output is the input.
///
/// Hue changes by `±f/2` of the circle, with either sign for half of the images. f is uniform between the bounds
/// `factor` from 0 to 1; a number f stands for those from 0 to f. Pixels are of `valueRange`, by default 0 to 255.
///
///     model.add(RandomHue(0.2))
public final class RandomHue: ImageLayer {
    public let properties: LayerProperties
    @Configured public private(set) var factor: Factor
    @Configured public private(set) var valueRange: ValueRange

    public init(_ factor: Factor, valueRange: ValueRange = .bytes, name: String = "") {
        self.factor = factor
        self.valueRange = valueRange
        properties = LayerProperties(name: name)
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init(try arguments.value("factor")) }

    func checkArguments(_ image: Shape) throws(LayerError) {
        try checkColors(image)
        _ = try bounds("factor", factor, within: 0...1)
        try check(valueRange)
    }

    func changed(_ images: SymbolicTensor, _ call: Call) throws(LayerError) -> SymbolicTensor {
        let sign = 1 - 2 * call.chosen((0.5, 0.5), like: images)
        let turn = call.number(try bounds("factor", factor, within: 0...1), like: images) * sign * 0.5
        let (hue, saturation, value) = images.moved(from: valueRange, to: .unit).hueSaturationValue
        var turned = hue + turn
        turned = turned - greater(turned, 1)
        turned = turned + greater(-turned, 0)
        return ValueRange.unit.clipped(.colors(hue: turned, saturation: saturation, value: value))
            .moved(from: .unit, to: valueRange)
    }
}
