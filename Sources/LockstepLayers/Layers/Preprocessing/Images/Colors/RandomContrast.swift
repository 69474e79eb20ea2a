import LockstepCompute
import LockstepGraph

/// In training, changes the contrast of images by random factors. Input and output
/// `[batch, height, width, channels]`; in inference, the output is the input.
///
/// `y = (x − m)·c + m`, cut to `valueRange` (default 0 to 255), where m is the mean of a channel and c is uniform from 1
/// minus the lower to 1 plus the upper bound of `factor`. The bounds are from 0 to 1; a number f stands for 0 and f.
///
///     model.add(RandomContrast([0.2, 0.5]))
public final class RandomContrast: ImageLayer {
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
        _ = try bounds("factor", factor, within: 0...1)
        try check(valueRange)
    }

    func changed(_ images: SymbolicTensor, _ call: Call) throws(LayerError) -> SymbolicTensor {
        let bounds = try bounds("factor", factor, within: 0...1)
        let contrast = call.number(from: 1 - bounds.low, to: 1 + bounds.high, like: images)
        let mean = mean(images, axes: [0, 1], keepDims: true)
        return valueRange.clipped((images - mean) * contrast + mean)
    }
}
