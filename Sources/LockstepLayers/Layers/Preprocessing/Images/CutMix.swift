import LockstepCompute
import LockstepGraph

/// In training, replaces a rectangle of each image by that of another image of the global batch (Yun et al., 2019).
/// Input and output `[batch, height, width, channels]`; in inference, the output is the input.
///
/// With w a number of the beta distribution of two shapes, both a number between the bounds `factor` from 0 to 1, the
/// rectangle has `√(1 − w)` of the height and of the width, and lies anywhere in the image. A number f as `factor`
/// stands for those from 0 to f. As in Keras, labels are mixed only in a pipeline of data; in a model they stay.
///
/// Collective: images come from other ranks.
///
///     model.add(CutMix(0.5))
public final class CutMix: ImageLayer {
    public let properties: LayerProperties
    @Configured public private(set) var factor: Factor

    public init(_ factor: Factor = 1, name: String = "") {
        self.factor = factor
        properties = LayerProperties(name: name)
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    func checkArguments(_ image: Shape) throws(LayerError) { _ = try bounds("factor", factor, within: 0...1) }

    func changed(_ images: SymbolicTensor, _ call: Call) throws(LayerError) -> SymbolicTensor {
        let other = shuffled(images, call)
        // Keras adds this, because a shape is positive.
        let alphas = call.number(try bounds("factor", factor, within: 0...1), like: images) + 1e-6
        let share = sqrt(1 - betaNoise(alphas: alphas, call))
        let image = images.spec.shape
        let columns = Warp.columns(image[1]).part(at: 0, shape: [1, image[1], 1])
        let rows = Warp.rows(image[0]).part(at: 0, shape: [image[0], 1, 1])
        let inside =
            call.part(of: columns, size: image[1], share: share) * call.part(of: rows, size: image[0], share: share)
        return select(inside, other, images)
    }
}
