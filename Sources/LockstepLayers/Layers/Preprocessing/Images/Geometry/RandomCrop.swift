import LockstepCompute
import LockstepGraph

/// In training, a window of images at a random place. Input `[batch, height, width, channels]`, output
/// `[batch, height′, width′, channels]`. Each image has a place of its own.
///
/// In inference, and of images that are not larger than the output, the largest window in the middle with the output's
/// aspect ratio is resized to it, with bilinear interpolation. So Keras documents it; Keras 3.15 itself leaves images
/// as they are in inference.
///
///     model.add(RandomCrop(24, 24))
public final class RandomCrop: ImageLayer {
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
        let image = images.spec.shape
        guard call.training, image[0] > height, image[1] > width else {
            return images.middle(ofAspectRatio: (height, width)).resized(to: (height, width))
        }
        func first(_ size: Int, _ window: Int) -> SymbolicTensor {
            let place = floor(call.number(from: 0, to: Double(size - window + 1), like: images))
            // Rounding can reach the excluded end.
            return reshape(minimum(place, Float(size - window)), [1, 1])
        }
        return Warp(interpolation: .nearest, fillMode: .nearest, fillValue: 0).images(
            images, rows: first(image[0], height) + Warp.rows(height),
            columns: first(image[1], width) + Warp.columns(width), size: (height, width))
    }
}
