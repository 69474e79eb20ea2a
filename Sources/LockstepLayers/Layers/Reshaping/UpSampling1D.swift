import LockstepCompute
import LockstepGraph

/// Repeats each step of a sequence. Input `[batch, time, channels]`, output `[batch, time·size, channels]`. Default
/// size 2.
///
///     model.add(UpSampling1D(3))
public final class UpSampling1D: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var size: Int

    public init(_ size: Int = 2, name: String = "") {
        self.size = size
        properties = LayerProperties(name: name)
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        [try upSampled(inputs, by: [size])]
    }
}

extension Layer {
    /// Repeats the elements of the dimensions in front of the channels.
    func upSampled(_ inputs: [SymbolicTensor], by sizes: [Int]) throws(LayerError) -> SymbolicTensor {
        _ = try checkUpSampled(inputs, by: sizes)
        var x = inputs[0]
        for (axis, size) in sizes.enumerated() where size > 1 { x = repeated(x, count: size, axis: axis) }
        return x
    }

    /// The shape of a row of the only input, whose dimensions in front of the channels are to be `sizes` times as
    /// large.
    func checkUpSampled(_ inputs: [SymbolicTensor], by sizes: [Int]) throws(LayerError) -> Shape {
        let input = try single(inputs.map(\.spec), rank: sizes.count + 1)
        guard sizes.allSatisfy({ $0 > 0 }) else {
            throw .argument(layer: name, name: "size", requirement: "positive", received: "\(sizes)")
        }
        return input
    }
}
