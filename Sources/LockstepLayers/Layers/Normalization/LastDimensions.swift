import LockstepCompute
import LockstepGraph

/// Computes with some dimensions of the rows, counted from 0, as the last ones, and puts them back where they were.
///
/// - Parameter compute: keeps the shape of what it receives.
func withLast(_ axes: [Int], of x: SymbolicTensor, _ compute: (SymbolicTensor) throws(LayerError) -> SymbolicTensor)
    throws(LayerError) -> SymbolicTensor
{
    let order = x.spec.shape.dimensions.indices.filter { !axes.contains($0) } + axes
    guard order != Array(order.indices) else { return try compute(x) }
    return transpose(try compute(transpose(x, order)), order.indices.map { order.firstIndex(of: $0)! })
}

extension Layer {
    /// The dimensions that an argument `axis` names, counted from 0 in a row and in their order.
    ///
    /// - Throws: LayerError.argument unless each is one behind the batch, named once.
    func rowAxes(_ axis: Axes, of row: Shape) throws(LayerError) -> [Int] {
        guard let counted = axis.counted(rank: row.rank + 1), counted.count == axis.values.count, !counted.isEmpty,
            !counted.contains(0)
        else {
            throw .argument(
                layer: name, name: "axis", requirement: "dimensions behind the batch of a row \(row), each once",
                received: "\(axis.values)")
        }
        return counted.sorted().map { $0 - 1 }
    }
}
