import LockstepCompute
import LockstepGraph

/// In training, inverts some images: `y = high − x`, with the highest value of `valueRange` (default 0 to 255). Input and
/// output `[batch, height, width, channels]`; in inference, the output is the input.
///
/// An image's chance to be inverted is a uniform number between the bounds `factor`, from 0 to 1; a number f stands for
/// those from 0 to f. Default 1.
///
///     model.add(RandomInvert([0.5, 0.5]))
public final class RandomInvert: ImageLayer {
    public let properties: LayerProperties
    @Configured public private(set) var factor: Factor
    @Configured public private(set) var valueRange: ValueRange

    public init(_ factor: Factor = 1, valueRange: ValueRange = .bytes, name: String = "") {
        self.factor = factor
        self.valueRange = valueRange
        properties = LayerProperties(name: name)
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    func checkArguments(_ image: Shape) throws(LayerError) {
        _ = try bounds("factor", factor, within: 0...1)
        try check(valueRange)
    }

    func changed(_ images: SymbolicTensor, _ call: Call) throws(LayerError) -> SymbolicTensor {
        let isInverted = call.chosen(try bounds("factor", factor, within: 0...1), like: images)
        return select(isInverted, Float(valueRange.high) - images, images)
    }
}
