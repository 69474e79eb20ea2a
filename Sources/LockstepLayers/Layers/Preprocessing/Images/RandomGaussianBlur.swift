import LockstepCompute
import LockstepGraph

/// In training, blurs some images with a Gaussian kernel. Input and output `[batch, height, width, channels]`; in
/// inference, the output is the input.
///
/// The kernel of height and width `kernelSize`, odd numbers, has the weights `exp(−d²/2σ²)` of the distances d, divided
/// by their sum; outside the image are zeros. Height and width have each a σ, uniform between the bounds `sigma` from 0
/// to 1, plus 10⁻⁶. An image's chance to be blurred is a uniform number between the bounds `factor` from 0 to 1. A
/// number f stands for bounds of 0 and f. All is cut to `valueRange`. Defaults: factor 1, kernel size 3, sigma 1, values
/// 0 to 255.
///
///     model.add(RandomGaussianBlur(0.5, kernelSize: 5))
public final class RandomGaussianBlur: ImageLayer {
    public let properties: LayerProperties
    @Configured public private(set) var factor: Factor
    @Configured public private(set) var kernelSize: Size2D
    @Configured public private(set) var sigma: Factor
    @Configured public private(set) var valueRange: ValueRange

    public init(
        _ factor: Factor = 1, kernelSize: Size2D = 3, sigma: Factor = 1, valueRange: ValueRange = .bytes,
        name: String = ""
    ) {
        self.factor = factor
        self.kernelSize = kernelSize
        self.sigma = sigma
        self.valueRange = valueRange
        properties = LayerProperties(name: name)
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    func checkArguments(_ image: Shape) throws(LayerError) {
        _ = try bounds("factor", factor, within: 0...1)
        _ = try bounds("sigma", sigma, within: 0...1)
        try check(valueRange)
        guard kernelSize.lengths.allSatisfy({ $0 > 0 && $0 % 2 == 1 }) else {
            throw .argument(
                layer: name, name: "kernelSize", requirement: "odd numbers", received: "\(kernelSize.lengths)")
        }
    }

    func changed(_ images: SymbolicTensor, _ call: Call) throws(LayerError) -> SymbolicTensor {
        let isBlurred = call.chosen(try bounds("factor", factor, within: 0...1), like: images)
        let bounds = try bounds("sigma", sigma, within: 0...1)
        // The first of Keras's sizes is that of the width.
        let (across, down) = (call.number(bounds, like: images) + 1e-6, call.number(bounds, like: images) + 1e-6)
        let blurred = images.blurred(axis: 1, by: .gaussian(size: kernelSize.height, sigma: across))
            .blurred(axis: 0, by: .gaussian(size: kernelSize.width, sigma: down))
        return valueRange.clipped(select(isBlurred, blurred, images))
    }
}
