import LockstepCompute
import LockstepGraph

/// `y = x·scale + offset`. Input and output `[batch, …]`; a list has a number for each element of the last dimension.
/// Default offset 0.
///
///     model.add(Rescaling(1.0 / 255))
public final class Rescaling: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var scale: Numbers
    @Configured public private(set) var offset: Numbers

    public init(_ scale: Numbers, offset: Numbers = 0, name: String = "") {
        self.scale = scale
        self.offset = offset
        properties = LayerProperties(name: name)
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        self.init(try arguments.value("scale"))
    }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        let input = try single(inputs)
        for (argument, numbers) in [("scale", scale), ("offset", offset)] {
            guard numbers.isOne || numbers.shape.dimensions == [input.last] else {
                throw .argument(
                    layer: name, name: argument, requirement: "a number, or \(input.last ?? 1) of them",
                    received: "\(numbers.values)")
            }
        }
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] {
        let x = cast(inputs[0], to: .float32)
        let scaled = scale.isOne ? x * scale.floats[0] : x * Tensor(scale.floats)
        if offset.isOne { return [offset.floats[0] == 0 ? scaled : scaled + offset.floats[0]] }
        return [scaled + Tensor(offset.floats)]
    }

    public func computeMask(_ inputs: [SymbolicTensor]) -> SymbolicTensor? { inputs[0].mask }
}
