import LockstepCompute
import LockstepGraph

/// The dot products of two inputs along a dimension of each: `y[i, j] = Σₖ a[i, k]·b[j, k]`.
///
/// Inputs `[batch, …]`, of the same size in the dimensions `axes`. The output has the other dimensions of the first,
/// then those of the second; `[batch, 1]` if there are none. With `normalize` it has the cosines: the inputs are
/// divided by their norms along these dimensions, of at least 1e-7.
///
///     let similarity = Dot(axes: 1, normalize: true)(left, right)
public final class Dot: Layer {
    public let properties: LayerProperties
    /// The dimension of each input, or one for both; the batch is dimension 0.
    @Configured public private(set) var axes: Axes
    @Configured public private(set) var normalize: Bool

    /// - Parameter axes: the dimension of each input, or one number for both; the batch is dimension 0.
    public init(axes: Axes, normalize: Bool = false, name: String = "") {
        self.axes = axes
        self.normalize = normalize
        properties = LayerProperties(name: name)
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        self.init(axes: try arguments.value("axes"))
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        guard inputs.count == 2 else { throw .inputCount(layer: name, expected: 2, received: inputs.count) }
        let a = try factor(inputs, 0)
        let b = try factor(inputs, 1)
        guard a.matrix.spec.shape.last == b.matrix.spec.shape.last else {
            throw .input(
                layer: name,
                requirement: "have the size \(a.matrix.spec.shape.last ?? 0) of the first in its dimension of axes",
                received: inputs[1].spec.shape)
        }
        let others = a.others + b.others
        return [reshape(matmul(a.matrix, b.matrix, transposed: .second), Shape(others.isEmpty ? [1] : others))]
    }

    /// An input as a matrix whose rows are multiplied, and the dimensions that count the rows.
    private func factor(_ inputs: [SymbolicTensor], _ place: Int) throws(LayerError)
        -> (matrix: SymbolicTensor, others: [Int])
    {
        let row = inputs[place].spec.shape
        let values = axes.isOne ? [axes.values[0], axes.values[0]] : axes.values
        guard values.count == 2, case let axis = values[place] < 0 ? values[place] + row.rank : values[place] - 1,
            row.dimensions.indices.contains(axis)
        else {
            throw .argument(
                layer: name, name: "axes",
                requirement: "one or two dimensions behind the batch, the input \(place + 1) has \(row)",
                received: "\(axes.values)")
        }
        let others = row.dimensions.indices.filter { $0 != axis }
        let turned = transpose(inputs[place], others + [axis])
        let matrix = reshape(turned, [others.reduce(1) { $0 * row[$1] }, row[axis]])
        guard normalize else { return (matrix, others.map { row[$0] }) }
        // Keras's bound of 1e-7 for the norm.
        let inverse = rsqrt(maximum(sum(square(matrix), axes: [1], keepDims: true), 1e-14))
        return (matrix * inverse, others.map { row[$0] })
    }
}
