import LockstepCompute

/// Fixed, contiguous parts of every batch. Their sums are added in the same order on any number of ranks.
///
/// Their numbers of rows differ by at most one. One rank computes each micro-shard, and a rank takes neighbouring ones.
package struct MicroShards: Equatable, Sendable {
    /// How many micro-shards a batch has.
    package let count: Int
    /// The ranks that share them.
    package let ranks: Int
    package let tree: SumTree

    package init(count: Int, ranks: Int) {
        (self.count, self.ranks) = (count, ranks)
        tree = SumTree(leaves: count)
    }

    /// The micro-shards that a rank takes. With more ranks than micro-shards, some ranks take none.
    package func leaves(of rank: Int) -> Range<Int> { shardRange(of: count, rank: rank, size: ranks) }

    /// The ranges of micro-shards that a rank sums by itself: the whole subtrees among those that it takes.
    package func parts(of rank: Int) -> [Range<Int>] { tree.subtrees(of: leaves(of: rank)) }

    /// The most sums that a rank makes.
    package var mostParts: Int { (0..<ranks).map { parts(of: $0).count }.max() ?? 1 }

    /// The rows of a batch that a rank takes.
    package func rows(of batch: Int, rank: Int) -> Range<Int> {
        let leaves = leaves(of: rank)
        return bound(leaves.lowerBound, of: batch)..<bound(leaves.upperBound, of: batch)
    }

    /// How a rank divides its rows of a batch for sums. Rows are counted from the rank's first.
    package func sums(of batch: Int, rank: Int) -> RowPartition {
        let first = rows(of: batch, rank: rank).lowerBound
        return RowPartition(
            bounds: parts(of: rank).map { part in
                (part.lowerBound...part.upperBound).map { bound($0, of: batch) - first }
            })
    }

    /// The first row of a micro-shard.
    private func bound(_ leaf: Int, of batch: Int) -> Int { shardRange(of: batch, rank: leaf, size: count).lowerBound }
}
