import LockstepCompute
import LockstepGraph

/// In training, mixes each image with another one of the global batch (Zhang et al., 2017). Input and output
/// `[batch, height, width, channels]`; in inference, the output is the input.
///
/// With p a random order of the batch and w a number of the beta distribution of two shapes `alpha`, of each image:
/// `y[i] = w[i]·x[i] + (1 − w[i])·x[p(i)]`. As in Keras, labels are mixed only in a pipeline of data; in a model they
/// stay those of x.
///
/// Collective: images come from other ranks.
///
///     model.add(MixUp(alpha: 0.2))
public final class MixUp: ImageLayer {
    public let properties: LayerProperties
    @Configured public private(set) var alpha: Double

    public init(alpha: Double = 0.2, name: String = "") {
        self.alpha = alpha
        properties = LayerProperties(name: name)
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    func checkArguments(_ image: Shape) throws(LayerError) {
        guard alpha > 0, alpha.isFinite else {
            throw .argument(layer: name, name: "alpha", requirement: "positive", received: "\(alpha)")
        }
    }

    func changed(_ images: SymbolicTensor, _ call: Call) -> SymbolicTensor {
        let other = shuffled(images, call)
        let weight = betaNoise(alphas: images.filled([1, 1, 1], with: Float(alpha)), call)
        return weight * images + (1 - weight) * other
    }
}
