import LockstepCompute
import LockstepGraph

/// In training, makes images brighter or darker by random numbers. Input and output
/// `[batch, height, width, channels]`; in inference, the output is the input.
///
/// `y = x + b·(high − low)`, cut to `valueRange` from low to high (default 0 to 255), where b is uniform between the
/// bounds `factor` from −1 to 1. A number f stands for those from −f to f.
///
///     model.add(RandomBrightness(0.2))
public final class RandomBrightness: ImageLayer {
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
        _ = try bounds("factor", factor, within: -1...1)
        try check(valueRange.sorted)
    }

    func changed(_ images: SymbolicTensor, _ call: Call) throws(LayerError) -> SymbolicTensor {
        let range = valueRange.sorted
        let brightness = call.number(try bounds("factor", factor, within: -1...1), like: images)
        return range.clipped(images + brightness * Float(range.length))
    }
}
