import LockstepCompute

/// The parts of every mini-batch whose sums are added in one order on any number of ranks: so many, contiguous, their
/// numbers of rows at most one apart, each computed by one rank. Ranks take neighbouring ones.
public struct MicroShards: Equatable, Sendable {
    /// Of a batch.
    public let count: Int
    /// The ranks that share them.
    public let ranks: Int
    package let tree: SumTree

    public init(count: Int, ranks: Int) {
        (self.count, self.ranks) = (count, ranks)
        tree = SumTree(leaves: count)
    }

    /// Those that a rank takes; with more ranks than micro-shards some take none.
    package func leaves(of rank: Int) -> Range<Int> { shardRange(of: count, rank: rank, size: ranks) }

    /// Those that a rank sums by itself: the whole subtrees among them.
    package func parts(of rank: Int) -> [Range<Int>] { tree.subtrees(of: leaves(of: rank)) }

    /// The most sums that a rank makes.
    package var mostParts: Int { (0..<ranks).map { parts(of: $0).count }.max() ?? 1 }

    /// The rows of a batch that a rank takes.
    package func rows(of batch: Int, rank: Int) -> Range<Int> {
        let leaves = leaves(of: rank)
        return bound(leaves.lowerBound, of: batch)..<bound(leaves.upperBound, of: batch)
    }

    /// How a rank sums over its rows of a batch, counted from its first.
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
