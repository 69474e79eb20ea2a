import LockstepCompute
import LockstepGraph

/// The middle of images. Input `[batch, height, width, channels]`, output `[batch, height′, width′, channels]`.
///
/// Of images that are smaller than the output in a dimension, the largest window in the middle with the output's aspect
/// ratio is resized to it, with bilinear interpolation.
///
///     model.add(CenterCrop(224, 224))
public final class CenterCrop: ImageLayer {
    public let properties: LayerProperties
    @Configured public private(set) var height: Int
    @Configured public private(set) var width: Int

    public init(_ height: Int, _ width: Int, name: String = "") {
        self.height = height
        self.width = width
        properties = LayerProperties(name: name)
    }

    static var changesInTrainingAlone: Bool { false }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        self.init(try arguments.value("height"), try arguments.value("width"))
    }

    func checkArguments(_ image: Shape) throws(LayerError) { try checkSize(height, width) }

    func changed(_ images: SymbolicTensor, _ call: Call) -> SymbolicTensor {
        let (rows, columns) = (images.spec.shape[0] - height, images.spec.shape[1] - width)
        guard rows >= 0, columns >= 0 else {
            return images.middle(ofAspectRatio: (height, width)).resized(to: (height, width))
        }
        let (top, left) = (rows / 2, columns / 2)
        return slice(slice(images, axis: 0, top..<top + height), axis: 1, left..<left + width)
    }
}
