import LockstepCompute
import LockstepGraph

/// In training, mixes images with changed ones (D. Hendrycks et al., 2020). Input and output
/// `[batch, height, width, 3]`; in inference, the output is the input.
///
/// Each of `numChains` chains changes an image `chainDepth` times, each time by a layer that is chosen at random, or by
/// none: `RandomShear`, `RandomTranslation`, `RandomRotation`, `RandomPosterization`, `Solarization`, `AutoContrast` and
/// `Equalization`, and with `allOps` also `RandomBrightness`, `RandomColorDegeneration`, `RandomContrast` and
/// `RandomSharpness`. The chains' results are added with weights of a Dirichlet distribution of `alpha`, and mixed with
/// the image by a weight of a beta distribution of `alpha`. All is cut to `valueRange`. The bounds `factor` of each
/// layer are from 0 to 1; a number f stands for those from 0 to f. Defaults: 3 chains of 3 layers, factor 0.3, alpha 1,
/// all layers, values of 0 to 255.
///
///     model.add(AugMix(factor: 0.2))
public final class AugMix: ImageLayer {
    public let properties: LayerProperties
    @Configured public private(set) var valueRange: ValueRange
    @Configured public private(set) var numChains: Int
    @Configured public private(set) var chainDepth: Int
    @Configured public private(set) var factor: Factor
    @Configured public private(set) var alpha: Double
    @Configured public private(set) var allOps: Bool
    @Configured public private(set) var interpolation: PixelInterpolation

    public init(
        valueRange: ValueRange = .bytes, numChains: Int = 3, chainDepth: Int = 3, factor: Factor = 0.3,
        alpha: Double = 1, allOps: Bool = true, interpolation: PixelInterpolation = .bilinear, name: String = ""
    ) {
        self.valueRange = valueRange
        self.numChains = numChains
        self.chainDepth = chainDepth
        self.factor = factor
        self.alpha = alpha
        self.allOps = allOps
        self.interpolation = interpolation
        properties = LayerProperties(name: name)
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    private func choice() throws(LayerError) -> RandomChoice {
        RandomChoice(
            valueRange: valueRange, factor: try bounds("factor", factor, within: 0...1), interpolation: interpolation,
            hasColors: allOps, hasNone: true, name: name)
    }

    func checkArguments(_ image: Shape) throws(LayerError) {
        for (argument, number) in [("numChains", numChains), ("chainDepth", chainDepth)] where number < 1 {
            throw .argument(layer: name, name: argument, requirement: "positive", received: "\(number)")
        }
        guard alpha > 0 else {
            throw .argument(layer: name, name: "alpha", requirement: "positive", received: "\(alpha)")
        }
        try choice().checkArguments(image)
    }

    func changed(_ images: SymbolicTensor, _ call: Call) throws(LayerError) -> SymbolicTensor {
        let weights = gammaNoise([numChains, 1, 1], alpha: alpha, like: images, call)
        let shares = weights / sum(weights, axes: [0], keepDims: true)
        var chains: [SymbolicTensor] = []
        for chain in 0..<numChains {
            var changed = images
            for _ in 0..<chainDepth { changed = try choice().changed(changed, call) }
            chains.append(changed * slice(shares, axis: 0, chain..<chain + 1))
        }
        let (own, other) = (
            gammaNoise([1, 1, 1], alpha: alpha, like: images, call),
            gammaNoise([1, 1, 1], alpha: alpha, like: images, call)
        )
        let mixed = chains.count == 1 ? chains[0] : sum(chains)
        let share = own / (own + other)
        return valueRange.clipped(share * images + (1 - share) * mixed)
    }
}
