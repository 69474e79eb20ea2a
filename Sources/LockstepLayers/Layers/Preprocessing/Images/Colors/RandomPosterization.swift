import LockstepCompute
import LockstepGraph

/// In training, keeps only the first bits of the values of images. Input and output
/// `[batch, height, width, channels]`; in inference, the output is the input.
///
/// A value of `valueRange` (default 0 to 255) is brought to 0 to 255 and cut off below its first k bits of 8. k is a
/// whole number between the bounds `factor` from 1 to 8, of which, as in Keras, the upper one is left out unless both
/// are the same; a number f stands for those from 1 to f. There is no gradient.
///
///     model.add(RandomPosterization([3, 6]))
public final class RandomPosterization: ImageLayer {
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
        _ = try bounds("factor", factor, within: 1...8)
        try check(valueRange.sorted)
    }

    func changed(_ images: SymbolicTensor, _ call: Call) throws(LayerError) -> SymbolicTensor {
        let (range, bounds) = (valueRange.sorted, try bounds("factor", factor, within: 1...8))
        let (least, most) = (Int(bounds.low), max(Int(bounds.low), Int(bounds.high) - 1))
        let bits = minimum(floor(call.number(from: Double(least), to: Double(most + 1), like: images)), Float(most))
        // 2^(8 − k) for each k.
        let steps = (least...most).map { equal(bits, Float($0)) * Float(1 << (8 - $0)) }
        let step = steps.dropFirst().reduce(steps[0]) { $0 + $1 }
        let bytes = ValueRange.bytes.clipped(images.moved(from: range, to: .bytes))
        return (floor(floor(bytes) / step) * step).moved(from: .bytes, to: range)
    }
}
