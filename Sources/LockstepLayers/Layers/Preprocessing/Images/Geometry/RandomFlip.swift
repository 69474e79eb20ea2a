import LockstepCompute
import LockstepGraph

/// In training, flips half of the images. Input and output `[batch, height, width, channels]`; in inference, the output
/// is the input.
///
/// With `horizontalAndVertical` (the default) an image is flipped in both directions, or, as in Keras 3, in none.
///
///     model.add(RandomFlip(.horizontal))
public final class RandomFlip: ImageLayer {
    /// The directions in which images are flipped.
    public enum Mode: String, Sendable {
        case horizontal, vertical
        case horizontalAndVertical = "horizontal_and_vertical"
    }

    public let properties: LayerProperties
    @Configured public private(set) var mode: Mode

    public init(_ mode: Mode = .horizontalAndVertical, name: String = "") {
        self.mode = mode
        properties = LayerProperties(name: name)
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    func changed(_ images: SymbolicTensor, _ call: Call) -> SymbolicTensor {
        var flipped = images
        if mode != .vertical { flipped = reverse(flipped, axis: 1) }
        if mode != .horizontal { flipped = reverse(flipped, axis: 0) }
        return select(call.chosen((0.5, 0.5), like: images), flipped, images)
    }
}

extension RandomFlip.Mode: ConfigurationConvertible {
    public init(_ argument: LayerArgument) throws(LayerError) {
        guard let mode = argument.value.string.flatMap(Self.init(rawValue:)) else {
            throw argument.mismatch("\"horizontal\", \"vertical\" or \"horizontal_and_vertical\"")
        }
        self = mode
    }
    public var configurationValue: ConfigurationValue { .string(rawValue) }
}
