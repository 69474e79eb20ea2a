import LockstepCompute

/// What is known of a tensor before there is data: its shape, and whether it has the samples of a batch in front.
public struct TensorSpec: Hashable, Sendable, CustomStringConvertible {
    /// The shape of one row where the tensor is batched, else the whole shape.
    public let shape: Shape
    /// Whether the samples of the batch are in front of the shape. Weights are not batched.
    public let isBatched: Bool

    public init(_ shape: Shape, isBatched: Bool = true) {
        self.shape = shape
        self.isBatched = isBatched
    }

    /// The shape of the tensor for some rows of a batch.
    package func shape(rows: Int) -> Shape { isBatched ? shape.rows(rows) : shape }

    public var description: String { isBatched ? "[batch" + shape.dimensions.map { ", \($0)" }.joined() + "]" : "\(shape)" }
}
