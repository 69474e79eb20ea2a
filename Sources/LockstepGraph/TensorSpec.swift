import LockstepCompute

/// What is known of a tensor before there is data: its shape, the type of its elements, and whether it has the samples
/// of a batch in front.
public struct TensorSpec: Hashable, Sendable, CustomStringConvertible {
    /// The shape of one row where the tensor is batched, else the whole shape.
    public let shape: Shape
    /// Whether the samples of the batch are in front of the shape. Weights are not batched.
    public let isBatched: Bool
    public let type: DataType
    /// The rows of each sample. There is more than one if a dimension is folded into the batch.
    package let rowsPerSample: Int

    public init(_ shape: Shape, isBatched: Bool = true, type: DataType = .float32) {
        self.init(shape, isBatched: isBatched, type: type, rowsPerSample: 1)
    }

    package init(_ shape: Shape, isBatched: Bool = true, type: DataType = .float32, rowsPerSample: Int) {
        self.shape = shape
        self.isBatched = isBatched
        self.type = type
        self.rowsPerSample = isBatched ? rowsPerSample : 1
    }

    /// The shape of the tensor for some samples of a batch.
    package func shape(samples: Int) -> Shape { isBatched ? shape.rows(samples * rowsPerSample) : shape }

    /// The same with another number of rows for each sample.
    func with(rowsPerSample: Int) -> TensorSpec {
        TensorSpec(shape, isBatched: isBatched, type: type, rowsPerSample: rowsPerSample)
    }

    /// The same with elements of another type.
    func with(type: DataType) -> TensorSpec {
        TensorSpec(shape, isBatched: isBatched, type: type, rowsPerSample: rowsPerSample)
    }

    public var description: String {
        let prefix = type == .float32 ? "" : "\(type) "
        guard isBatched else { return "\(prefix)\(shape)" }
        return prefix + (rowsPerSample == 1 ? "[batch" : "[\(rowsPerSample) · batch")
            + shape.dimensions.map { ", \($0)" }.joined() + "]"
    }
}
