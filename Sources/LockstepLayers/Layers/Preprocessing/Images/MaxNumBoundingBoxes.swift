import LockstepCompute
import LockstepGraph

/// Passes images on, `[batch, height, width, channels]`. In Keras's pipelines of data it also cuts or pads the boxes
/// of each image to `maxNumber`; a layer of a model gets no boxes.
///
///     model.add(MaxNumBoundingBoxes(10))
public final class MaxNumBoundingBoxes: ImageLayer {
    public let properties: LayerProperties
    @Configured public private(set) var maxNumber: Int

    public init(_ maxNumber: Int, name: String = "") {
        self.maxNumber = maxNumber
        properties = LayerProperties(name: name)
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        self.init(try arguments.value("max_number"))
    }

    func changed(_ images: SymbolicTensor, _ call: Call) -> SymbolicTensor { images }
}
