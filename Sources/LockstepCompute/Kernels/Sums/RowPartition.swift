/// How a layer sums over a rank's rows of a batch: one sum over all rows. Where results must not depend on the number
/// of ranks, it makes one sum for each of some parts, in the order of a `SumTree` over the micro-shards of the part.
///
/// Every sum over rows in training follows it: gradients of weights, statistics of the batch, loss and metrics.
package struct RowPartition: Equatable, Sendable {
    /// Rows that become one sum: those of a whole subtree.
    package struct Part: Equatable, Sendable {
        /// Where each micro-shard begins among the rank's rows, and then where the last one ends; ascending. Some may
        /// be empty.
        package let bounds: [Int]

        /// How many micro-shards there are.
        package var leaves: Int { bounds.count - 1 }
        package var rows: Range<Int> { bounds[0]..<bounds[leaves] }
    }

    package let parts: [Part]
    /// Where each micro-shard of all parts begins, and then where the last one ends.
    package let bounds: [Int]
    /// Whether a micro-shard's sum must have the same bits, whatever other micro-shards the rank has.
    let isTree: Bool

    /// One sum over all rows.
    package init(rows: Int) { self.init([[0, rows]], isTree: false) }

    /// Sums over micro-shards.
    ///
    /// - Parameter bounds: the bounds of each part. A part begins where the one before ends, the first at 0.
    package init(bounds: [[Int]]) { self.init(bounds, isTree: true) }

    private init(_ bounds: [[Int]], isTree: Bool) {
        parts = bounds.map(Part.init)
        self.bounds = [0] + bounds.flatMap { $0.dropFirst() }
        self.isTree = isTree
    }

    /// The same partition with `count` rows instead of each row.
    package func times(_ count: Int) -> RowPartition {
        count == 1 ? self : RowPartition(parts.map { $0.bounds.map { $0 * count } }, isTree: isTree)
    }

    /// A sum for each micro-shard, if results must not depend on the number of ranks; otherwise the partition itself.
    package var byLeaf: RowPartition {
        isTree ? RowPartition(bounds: zip(bounds, bounds.dropFirst()).map { [$0, $1] }) : self
    }

    /// The rank's rows.
    package var rows: Int { bounds[bounds.count - 1] }
    /// The micro-shards of all parts.
    package var leaves: Int { bounds.count - 1 }
}
