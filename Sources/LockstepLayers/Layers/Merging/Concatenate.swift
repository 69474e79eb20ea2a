import LockstepCompute
import LockstepGraph

/// Joins two or more inputs along a dimension.
///
/// Inputs `[batch, …]`, which may differ only in that dimension. In the output, its size is the sum of the inputs'
/// sizes.
///
///     let both = Concatenate()(left, right)
public final class Concatenate: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var axis: Int

    /// - Parameter axis: the dimension, where the batch is dimension 0 and −1 is the last one; it cannot be the batch.
    public init(axis: Int = -1, name: String = "") {
        self.axis = axis
        properties = LayerProperties(name: name)
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        guard inputs.count >= 2 else { throw .inputCount(layer: name, expected: 2, received: inputs.count) }
        let shape = inputs[0].spec.shape
        guard axis != 0, axis >= -shape.rank, axis <= shape.rank else {
            throw .argument(
                layer: name, name: "axis", requirement: "a dimension of the inputs \(inputs[0].spec) after the batch",
                received: "\(axis)")
        }
        let rowAxis = axis < 0 ? axis + shape.rank : axis - 1
        for input in inputs {
            func others(_ shape: Shape) -> [Int] {
                shape.dimensions.enumerated().filter { $0.offset != rowAxis }.map(\.element)
            }
            guard input.spec.shape.rank == shape.rank, others(input.spec.shape) == others(shape) else {
                throw .input(
                    layer: name, requirement: "have the shape \(shape) of the first except in dimension \(rowAxis)",
                    received: input.spec.shape)
            }
        }
        return [concatenate(inputs, axis: rowAxis)]
    }

    /// The mask of the output: a position counts if any of its elements comes from a position that counts. In an input
    /// without a mask, all positions count.
    public func computeMask(_ inputs: [SymbolicTensor]) throws(LayerError) -> SymbolicTensor? {
        guard inputs.contains(where: { $0.mask != nil }) else { return nil }
        var masks: [SymbolicTensor] = []
        for input in inputs {
            // All ones: every number is unequal to NaN.
            masks.append(try columnMask(of: input) ?? max(input.ones, axes: [-1], keepDims: true))
        }
        let rank = inputs[0].spec.shape.rank
        let rowAxis = axis < 0 ? axis + rank : axis - 1
        let mask =
            rowAxis == rank - 1
            ? masks.dropFirst().reduce(masks[0]) { maximum($0, $1) } : concatenate(masks, axis: rowAxis)
        return reshape(mask, Shape(mask.spec.shape.dimensions.dropLast()))
    }
}
