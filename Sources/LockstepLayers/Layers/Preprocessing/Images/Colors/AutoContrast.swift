import LockstepCompute
import LockstepGraph

/// Stretches the values of each channel of an image over the whole `valueRange` (default 0 to 255), in training and in
/// inference. A channel of one value stays as it is. Input and output `[batch, height, width, channels]`.
///
///     model.add(AutoContrast())
public final class AutoContrast: ImageLayer {
    public let properties: LayerProperties
    @Configured public private(set) var valueRange: ValueRange

    public init(valueRange: ValueRange = .bytes, name: String = "") {
        self.valueRange = valueRange
        properties = LayerProperties(name: name)
    }

    static var changesInTrainingAlone: Bool { false }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    func checkArguments(_ image: Shape) throws(LayerError) { try check(valueRange.sorted) }

    func changed(_ images: SymbolicTensor, _ call: Call) -> SymbolicTensor {
        let range = valueRange.sorted
        let values = images.moved(from: range, to: .bytes)
        let low = min(values, axes: [0, 1], keepDims: true)
        let high = max(values, axes: [0, 1], keepDims: true)
        let isFlat = equal(high, low)
        let scale = 255 / (high - low + isFlat)
        let stretched = ValueRange.bytes.clipped(values * scale - low * scale).moved(from: .bytes, to: range)
        return select(isFlat, images, stretched)
    }
}
