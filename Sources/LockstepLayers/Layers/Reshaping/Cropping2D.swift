import LockstepCompute
import LockstepGraph

/// Cuts off the borders of a image.
///
/// Input and output `[batch, height, width, channels]`. `cropping` is the number of rows and columns to cut off before and behind; default 0.
///
///     model.add(Cropping2D([1, [0, 2]]))
public final class Cropping2D: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var cropping: Margins

    public init(_ cropping: Margins = 0, name: String = "") {
        self.cropping = cropping
        properties = LayerProperties(name: name)
    }

    public static var fixedArguments: [String: ConfigurationValue] { ["data_format": "channels_last"] }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        let input = try single(inputs.map(\.spec))
        let sides = try margins(cropping, "cropping", of: input, rank: 2)
        var x = inputs[0]
        for (axis, side) in sides.enumerated() where side.before + side.after > 0 {
            guard side.before + side.after < input[axis] else {
                throw .input(
                    layer: name, requirement: "be larger than what is cut off, \(side) of dimension \(axis + 1)",
                    received: input)
            }
            x = slice(x, axis: axis, side.before..<input[axis] - side.after)
        }
        return [x]
    }
}
