/// The part of `count` rows that a rank takes.
///
/// Parts are contiguous and in the order of the ranks. Their numbers of rows differ by at most one. No row is padded or
/// dropped; with fewer rows than ranks, some ranks take none.
package func shardRange(of count: Int, rank: Int, size: Int) -> Range<Int> {
    count * rank / size..<count * (rank + 1) / size
}

/// How `samples` rows are divided into batches of a global size, and each batch into the ranks' shards. The last batch
/// may be short.
package struct BatchPlan: Equatable, Sendable {
    package let samples: Int
    package let batchSize: Int
    /// Nil: ranks share a batch evenly.
    package let microShards: MicroShards?

    package init(samples: Int, batchSize: Int, microShards: MicroShards? = nil) {
        precondition(samples >= 0 && batchSize > 0, "a plan of \(samples) samples in batches of \(batchSize)")
        self.samples = samples
        // At most `samples`, so that no sum of rows overflows, and no memory is reserved for rows that never come.
        self.batchSize = min(batchSize, max(samples, 1))
        self.microShards = microShards
    }

    package var steps: Int { (samples + batchSize - 1) / batchSize }

    /// The rows of a step's global batch.
    package func batch(_ step: Int) -> Range<Int> { step * batchSize..<min((step + 1) * batchSize, samples) }

    /// An upper bound of the rows that a rank takes in a step. It may be a few rows too high.
    package func mostRows(size: Int) -> Int {
        let shards = microShards?.count ?? size
        return (batchSize + shards - 1) / shards * ((shards + size - 1) / size)
    }

    /// The rows of a step that a rank takes.
    package func shard(_ step: Int, rank: Int, size: Int) -> Range<Int> {
        let batch = batch(step)
        let part = microShards?.rows(of: batch.count, rank: rank) ?? shardRange(of: batch.count, rank: rank, size: size)
        return batch.lowerBound + part.lowerBound..<batch.lowerBound + part.upperBound
    }
}
