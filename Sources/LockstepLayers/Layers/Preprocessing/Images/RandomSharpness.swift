import LockstepCompute
import LockstepGraph

/// In training, blurs images or makes them sharper: `y = x + (1 − 2f)·(smooth − x)`, cut to `valueRange` (default 0 to
/// 255). Input and output `[batch, height, width, channels]`; in inference, the output is the input.
///
/// A pixel of `smooth` is 5/13 of the pixel and 1/13 of each of the eight around it, with zeros outside. f is uniform
/// between the bounds `factor` from 0 to 1, where 0.5 changes nothing and 0 gives `smooth`; a number f stands for those
/// from 0 to f.
///
///     model.add(RandomSharpness(0.8))
public final class RandomSharpness: ImageLayer {
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
        try check(valueRange.sorted)
    }

    func changed(_ images: SymbolicTensor, _ call: Call) throws(LayerError) -> SymbolicTensor {
        let image = images.spec.shape
        let factor = call.number(try bounds("factor", factor, within: 0...1), like: images) * 2
        let taps = (0..<9).flatMap { Array(repeating: Float($0 == 4 ? 5.0 / 13 : 1.0 / 13), count: image[2]) }
        let windows = [0, 1].map { Window(size: image[$0], taps: 3, stride: 1, isSame: true) }
        let smooth = depthwiseConvolution(
            images, Tensor(taps).part(at: 0, shape: [3, 3, image[2], 1]), windows: windows)
        return valueRange.sorted.clipped(images + (1 - factor) * (smooth - images))
    }
}
