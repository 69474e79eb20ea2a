import LockstepCompute
import LockstepGraph

/// Layers of which each image gets one, by chance.
struct RandomChoice {
    /// Nil leaves an image as it is.
    let layers: [(any ImageLayer)?]

    /// The layers that `RandAugment` and `AugMix` choose from.
    ///
    /// - Parameters:
    ///   - factor: the bounds of all factors.
    ///   - hasColors: whether those are among them that change brightness, color, contrast and sharpness.
    init(
        valueRange: ValueRange, factor: (low: Double, high: Double), interpolation: PixelInterpolation,
        hasColors: Bool, hasNone: Bool, name: String
    ) {
        let bounds = Factor.two(factor.low, factor.high)
        var layers: [(any ImageLayer)?] = [
            RandomShear(bounds, bounds, interpolation: interpolation, name: name),
            RandomTranslation(bounds, bounds, interpolation: interpolation, name: name),
            RandomRotation(bounds, interpolation: interpolation, name: name),
            RandomPosterization(.one(max(1, (8 * factor.high).rounded(.down))), valueRange: valueRange, name: name),
            Solarization(additionFactor: bounds, thresholdFactor: bounds, valueRange: valueRange, name: name),
            AutoContrast(valueRange: valueRange, name: name), Equalization(valueRange: valueRange, name: name),
        ]
        if hasColors {
            layers += [
                RandomBrightness(bounds, valueRange: valueRange, name: name),
                RandomColorDegeneration(bounds, valueRange: valueRange, name: name),
                RandomContrast(bounds, valueRange: valueRange, name: name),
                RandomSharpness(bounds, valueRange: valueRange, name: name),
            ]
        }
        self.layers = layers + (hasNone ? [nil] : [])
    }

    func checkArguments(_ image: Shape) throws(LayerError) {
        for layer in layers { try layer?.checkArguments(image) }
    }

    /// What the chosen layers make of images. All layers compute, and each image takes one result.
    func changed(_ images: SymbolicTensor, _ call: Call) throws(LayerError) -> SymbolicTensor {
        let chosen = floor(call.number(from: 0, to: Double(layers.count), like: images))
        var results: [SymbolicTensor] = []
        for (index, layer) in layers.enumerated() {
            let changed = try layer?.changed(images, call) ?? images
            // Rounding can reach the excluded end.
            let isChosen =
                index == layers.count - 1 ? greaterOrEqual(chosen, Float(index)) : equal(chosen, Float(index))
            results.append(isChosen * changed)
        }
        return sum(results)
    }
}
