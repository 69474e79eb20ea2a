import LockstepCompute
import LockstepGraph

/// The dimensions that a loss sums over, with the batch as 0: one or several.
public struct LossAxes: Equatable, Sendable, ExpressibleByArrayLiteral {
    public let axes: [Int]

    public init(_ axes: [Int]) { self.axes = axes }
    public init(arrayLiteral axes: Int...) { self.init(axes) }

    var includesBatch: Bool { axes.contains(0) }
    /// The dimensions of the row.
    func ofRow(rank: Int) -> [Int] {
        axes.filter { $0 != 0 }.map { $0 > 0 ? $0 - 1 : rank + $0 }.filter { (0..<rank).contains($0) }
    }
}

extension LossAxes: ConfigurationConvertible {
    /// Reads a number or a list of numbers.
    public init(_ argument: LayerArgument) throws(LayerError) {
        self.init(argument.value.list == nil ? [try Int(argument)] : try [Int](argument))
    }
    public var configurationValue: ConfigurationValue { axes.configurationValue }
}

/// The sum over some dimensions; nil sums over all. The sum over the global batch is given to each row.
func total(_ x: SymbolicTensor, over axes: LossAxes?) -> SymbolicTensor {
    let rank = x.spec.shape.rank
    let ofRow = axes?.ofRow(rank: rank) ?? Array(0..<rank)
    let sums = ofRow.isEmpty ? x : sum(x, axes: ofRow)
    return axes?.includesBatch ?? true ? batchSum(sums) : sums
}

/// The shape of a sample's losses, where a loss sums over some dimensions of the outputs.
func lossPositions(_ outputs: Shape, over axes: LossAxes?) -> Shape {
    let removed = axes?.ofRow(rank: outputs.rank) ?? Array(0..<outputs.rank)
    return Shape(outputs.dimensions.enumerated().filter { !removed.contains($0.offset) }.map(\.element))
}
