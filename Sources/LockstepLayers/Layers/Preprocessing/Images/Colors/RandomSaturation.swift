import LockstepCompute
import LockstepGraph

/// In training, makes the colors of images stronger or weaker. Input and output `[batch, height, width, 3]`; in
/// inference, the output is the input.
///
/// Of hue, saturation and value, the saturation is multiplied by `f / (1 − f + 10⁻⁷)` and, as in Keras, cut to
/// `valueRange` (default 0 to 255). f is uniform between the bounds `factor` from −1 to 1, where 0.5 changes nothing and
/// 0 takes the color; a number f stands for those from −f to f.
///
///     model.add(RandomSaturation([0.3, 0.7]))
public final class RandomSaturation: ImageLayer {
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
        _ = try bounds("factor", factor, within: -1...1)
        try check(valueRange.sorted)
    }

    func changed(_ images: SymbolicTensor, _ call: Call) throws(LayerError) -> SymbolicTensor {
        let factor = call.number(try bounds("factor", factor, within: -1...1), like: images)
        let (hue, saturation, value) = images.hueSaturationValue
        let changed = valueRange.sorted.clipped(saturation * (factor / (1 - factor + 1e-7)))
        return .colors(hue: hue, saturation: changed, value: value)
    }
}
