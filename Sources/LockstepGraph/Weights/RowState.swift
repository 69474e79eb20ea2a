import LockstepCompute

/// What a layer carries from one batch to the next, for each row of the batch: the states of a stateful recurrence.
///
/// The value belongs to the row's place in the global batch, so all batches have the same number of rows. It is no
/// weight: each rank holds the rows that it computes, and Keras neither counts it nor writes it to files.
///
/// The value is zero at first. Each step begins with it, and renews it when the step has succeeded.
public final class RowState {
    /// The name of the layer, and which of the layer's states it is.
    package let layer: String
    package let number: Int
    /// The shape of a row.
    public let shape: Shape
    /// The rows of a batch.
    public let batch: Int
    /// The values of this rank's rows, `[rows, …]`; nil as long as all rows are zero.
    package private(set) var values: Tensor?
    /// The rows of each rank; nil if every rank has all rows.
    package private(set) var shards: [Range<Int>]?

    package init(layer: String, number: Int, shape: Shape, batch: Int) {
        (self.layer, self.number, self.shape, self.batch) = (layer, number, shape, batch)
    }

    /// Replaces the values.
    ///
    /// - Parameter shards: the rows of each rank; nil if this rank's are all rows.
    package func set(_ values: Tensor, shards: [Range<Int>]?) { (self.values, self.shards) = (values, shards) }

    /// Makes all rows zero. Where the rows lie does not change, so that all ranks still agree on it.
    package func reset() { values?.fill(0) }

    /// Copies the values to the rows that a step begins with; zeros if there are none for them.
    func copy(into rows: Tensor) {
        if let values, values.shape == rows.shape { rows.assign(values) } else { rows.fill(0) }
    }

    /// Renews the values with what a step ended with.
    func renew(with rows: Tensor) {
        if let values, values.shape == rows.shape { values.assign(rows) } else { values = rows.copy() }
    }
}
