import LockstepCompute
import LockstepGraph

/// Enlarges images. Input `[batch, height, width, channels]`, output `[batch, height·size, width·size, channels]`.
/// By default each row and each column is repeated; other interpolations compute new ones between them. Default size 2.
///
///     model.add(UpSampling2D([2, 3], interpolation: .bilinear))
public final class UpSampling2D: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var size: Size2D
    @Configured public private(set) var interpolation: Interpolation

    public init(_ size: Size2D = 2, interpolation: Interpolation = .nearest, name: String = "") {
        self.size = size
        self.interpolation = interpolation
        properties = LayerProperties(name: name)
    }

    public static var takesDataFormat: Bool { true }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        let sizes = size.lengths
        guard interpolation != .nearest else { return [try upSampled(inputs, by: sizes)] }
        let input = try checkUpSampled(inputs, by: sizes)
        var x = inputs[0]
        for (axis, size) in sizes.enumerated() where size > 1 {
            x = resized(x, axis: axis, to: input[axis] * size, by: interpolation)
        }
        return [x]
    }
}
