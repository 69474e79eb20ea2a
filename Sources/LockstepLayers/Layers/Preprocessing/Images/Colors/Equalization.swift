import LockstepCompute
import LockstepGraph

/// In training, gives the values of each channel of an image about equal frequencies. Input and output
/// `[batch, height, width, channels]`; in inference, the output is the input.
///
/// Values of `valueRange` (default 0 to 255) are counted in `bins` (default 256). A value v becomes
/// `255·(c(v) − c₀) / (n − c₀)`, rounded, where c(v) of the n pixels are in bins up to that of v, and c₀ in the first bin
/// that has some. A channel whose pixels lie in one bin stays as it is. There is no gradient. Keras counts the pixels of
/// all images of a batch together; here each image counts by itself.
///
///     model.add(Equalization())
public final class Equalization: ImageLayer {
    public let properties: LayerProperties
    @Configured public private(set) var valueRange: ValueRange
    @Configured public private(set) var bins: Int

    public init(valueRange: ValueRange = .bytes, bins: Int = 256, name: String = "") {
        self.valueRange = valueRange
        self.bins = bins
        properties = LayerProperties(name: name)
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    func checkArguments(_ image: Shape) throws(LayerError) {
        try check(valueRange.sorted)
        guard bins > 1 else {
            throw .argument(layer: name, name: "bins", requirement: "2 or more", received: "\(bins)")
        }
    }

    func changed(_ images: SymbolicTensor, _ call: Call) -> SymbolicTensor {
        let (image, range) = (images.spec.shape, valueRange.sorted)
        let last = Float(bins - 1)
        let scale = Float(255 / range.length)
        // Channels in front, and the pixels of each in a row.
        let pixels =
            transpose(reshape(images, [image[0] * image[1], image[2]]), [1, 0]) * scale
            + (0 - Float(range.low) * scale)
        func bin(_ values: SymbolicTensor) -> SymbolicTensor { clip(floor(values), to: 0...last) }
        let counts = histogram(bin(pixels * last / 255), weights: pixels.ones, bins: bins)
        let sums = counts.runningSums
        let count = Float(image[0] * image[1])
        let first = min(sums + equal(sums, 0) * count, axes: [-1], keepDims: true)
        let isFlat = equal(max(counts, axes: [-1], keepDims: true), count)
        let table = clip(round((sums - first) * 255 / (count - first + isFlat)), to: 0...255)
        let equalized = select(isFlat, pixels, take(table, at: bin(pixels / 255 * last)))
        let back = Float(range.length / 255)
        return reshape(transpose(equalized, [1, 0]), image) * back + Float(range.low)
    }
}
