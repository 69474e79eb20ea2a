import LockstepCompute
import LockstepGraph

/// In training, changes brightness, contrast, saturation and hue of images at random, one after another, as
/// `RandomBrightness`, `RandomContrast`, `RandomSaturation` and `RandomHue` do with the factor of each. Without a factor
/// it is left out. Input and output `[batch, height, width, channels]`; in inference, the output is the input. Values
/// are of `valueRange`, by default 0 to 255.
///
///     model.add(RandomColorJitter(brightnessFactor: 0.2, contrastFactor: 0.3))
public final class RandomColorJitter: ImageLayer {
    public let properties: LayerProperties
    @Configured public private(set) var valueRange: ValueRange
    @Configured public private(set) var brightnessFactor: Factor?
    @Configured public private(set) var contrastFactor: Factor?
    @Configured public private(set) var saturationFactor: Factor?
    @Configured public private(set) var hueFactor: Factor?

    public init(
        valueRange: ValueRange = .bytes, brightnessFactor: Factor? = nil, contrastFactor: Factor? = nil,
        saturationFactor: Factor? = nil, hueFactor: Factor? = nil, name: String = ""
    ) {
        self.valueRange = valueRange
        self.brightnessFactor = brightnessFactor
        self.contrastFactor = contrastFactor
        self.saturationFactor = saturationFactor
        self.hueFactor = hueFactor
        properties = LayerProperties(name: name)
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    /// The layers that it applies, in their order.
    private var parts: [any ImageLayer] {
        let layers: [(any ImageLayer)?] = [
            brightnessFactor.map { RandomBrightness($0, valueRange: valueRange, name: name) },
            contrastFactor.map { RandomContrast($0, valueRange: valueRange, name: name) },
            saturationFactor.map { RandomSaturation($0, valueRange: valueRange, name: name) },
            hueFactor.map { RandomHue($0, valueRange: valueRange, name: name) },
        ]
        return layers.compactMap { $0 }
    }

    func checkArguments(_ image: Shape) throws(LayerError) {
        for part in parts { try part.checkArguments(image) }
    }

    func changed(_ images: SymbolicTensor, _ call: Call) throws(LayerError) -> SymbolicTensor {
        var images = images
        for part in parts { images = try part.changed(images, call) }
        return images
    }
}
