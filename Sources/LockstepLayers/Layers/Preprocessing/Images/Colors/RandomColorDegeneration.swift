import LockstepCompute
import LockstepGraph

/// In training, takes a random part of the color from images: `y = x + f·(gray − x)`, cut to `valueRange` (default 0 to
/// 255). Input and output `[batch, height, width, 3]`; in inference, the output is the input.
///
/// f is uniform between the bounds `factor` from −1 to 1; a number f stands for those from −f to f.
///
///     model.add(RandomColorDegeneration([0, 0.5]))
public final class RandomColorDegeneration: ImageLayer {
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
        return valueRange.sorted.clipped(images + factor * (images.gray - images))
    }
}
