import LockstepCompute
import LockstepGraph

/// In training, inverts the bright pixels of images. Input and output `[batch, height, width, channels]`; in inference,
/// the output is the input.
///
/// Values of `valueRange` (default 0 to 255) are brought to 0 to 255. Of `z = x + a`, cut to 0 to 255, those below a
/// threshold t stay, and the others become `255 − z`. a is uniform from the lower bound of `additionFactor` to 255 times
/// its upper one, and t likewise of `thresholdFactor`. The bounds are from 0 to 1; a number f stands for 0 and f.
/// Default 0.
///
///     model.add(Solarization(thresholdFactor: 0.5))
public final class Solarization: ImageLayer {
    public let properties: LayerProperties
    @Configured public private(set) var additionFactor: Factor
    @Configured public private(set) var thresholdFactor: Factor
    @Configured public private(set) var valueRange: ValueRange

    public init(
        additionFactor: Factor = 0, thresholdFactor: Factor = 0, valueRange: ValueRange = .bytes, name: String = ""
    ) {
        self.additionFactor = additionFactor
        self.thresholdFactor = thresholdFactor
        self.valueRange = valueRange
        properties = LayerProperties(name: name)
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    func checkArguments(_ image: Shape) throws(LayerError) {
        _ = try bounds("additionFactor", additionFactor, within: 0...1)
        _ = try bounds("thresholdFactor", thresholdFactor, within: 0...1)
        try check(valueRange.sorted)
    }

    func changed(_ images: SymbolicTensor, _ call: Call) throws(LayerError) -> SymbolicTensor {
        let range = valueRange.sorted
        func number(_ argument: String, _ factor: Factor) throws(LayerError) -> SymbolicTensor {
            let bounds = try bounds(argument, factor, within: 0...1)
            return call.number(from: bounds.low, to: 255 * bounds.high, like: images)
        }
        let addition = try number("additionFactor", additionFactor)
        let threshold = try number("thresholdFactor", thresholdFactor)
        let values = ValueRange.bytes.clipped(images.moved(from: range, to: .bytes) + addition)
        return select(greater(threshold, values), values, 255 - values).moved(from: .bytes, to: range)
    }
}
