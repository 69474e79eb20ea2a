import LockstepCompute

/// What is known of a tensor before there is data: its shape, and whether it has the samples of a batch in front.
public struct TensorSpec: Hashable, Sendable, CustomStringConvertible {
    /// The shape of one row where the tensor is batched, else the whole shape.
    public let shape: Shape
    /// Whether the samples of the batch are in front of the shape. Weights are not batched.
    public let isBatched: Bool
    /// How many rows each sample has in front of the shape: more than one where a dimension is folded into the batch's.
    package let rowsPerSample: Int

    public init(_ shape: Shape, isBatched: Bool = true) { self.init(shape, isBatched: isBatched, rowsPerSample: 1) }

    package init(_ shape: Shape, isBatched: Bool = true, rowsPerSample: Int) {
        self.shape = shape
        self.isBatched = isBatched
        self.rowsPerSample = isBatched ? rowsPerSample : 1
    }

    /// The shape of the tensor for some samples of a batch.
    package func shape(samples: Int) -> Shape { isBatched ? shape.rows(samples * rowsPerSample) : shape }

    /// The same with another number of rows for each sample.
    func with(rowsPerSample: Int) -> TensorSpec {
        TensorSpec(shape, isBatched: isBatched, rowsPerSample: rowsPerSample)
    }

    public var description: String {
        guard isBatched else { return "\(shape)" }
        return (rowsPerSample == 1 ? "[batch" : "[\(rowsPerSample) · batch")
            + shape.dimensions.map { ", \($0)" }.joined() + "]"
    }
}
