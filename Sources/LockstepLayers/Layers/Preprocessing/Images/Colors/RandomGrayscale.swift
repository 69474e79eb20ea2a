import LockstepCompute
import LockstepGraph

/// In training, takes the color from some images: red, green and blue become `0.2989·r + 0.587·g + 0.114·b`. Input and
/// output `[batch, height, width, channels]` with 1 or 3 channels; in inference, the output is the input.
///
/// `factor` is the chance of an image. Default 0.5.
///
///     model.add(RandomGrayscale(0.2))
public final class RandomGrayscale: ImageLayer {
    public let properties: LayerProperties
    @Configured public private(set) var factor: Double

    public init(_ factor: Double = 0.5, name: String = "") {
        self.factor = factor
        properties = LayerProperties(name: name)
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    func checkArguments(_ image: Shape) throws(LayerError) {
        try checkColors(image, orGray: true)
        guard factor >= 0, factor <= 1 else {
            throw .argument(layer: name, name: "factor", requirement: "from 0 to 1", received: "\(factor)")
        }
    }

    func changed(_ images: SymbolicTensor, _ call: Call) -> SymbolicTensor {
        select(call.chosen((factor, factor), like: images), images.gray, images)
    }
}
