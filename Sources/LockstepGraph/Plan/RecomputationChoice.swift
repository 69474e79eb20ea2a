import LockstepCompute

/// Chooses what backward computes again, so that the plans of a batch fit into a workspace.
///
/// It compares some ways to cut the operations into blocks at narrow places. Of each way, the first blocks are computed
/// again whole, because their tensors wait longest for backward. Of the others, only cheap operations are.
package struct RecomputationChoice {
    private let graph: OperationGraph
    private let training: Bool
    /// Of the ranks; one for each pair of rows and micro-shards.
    private let partitions: [RowPartition]
    private let candidates: [RecomputationCandidates.Candidate]

    init(_ graph: OperationGraph, partitions: [RowPartition], training: Bool) {
        (self.graph, self.training) = (graph, training)
        var distinct: [RowPartition] = []
        for partition in partitions
        where !distinct.contains(where: { $0.rows == partition.rows && $0.leaves == partition.leaves }) {
            distinct.append(partition)
        }
        distinct.sort { $0.rows > $1.rows }
        self.partitions = distinct
        candidates =
            training
            ? RecomputationCandidates(PlanLayout(graph: graph, sums: distinct[0], training: true)).all
            : [RecomputationCandidates.Candidate(recomputation: .none, work: 0)]
    }

    /// As much as is ever computed again.
    package var most: Recomputation { candidates.map(\.recomputation).max { $0.count < $1.count } ?? .none }

    /// What fits with the least work, with the elements of the workspace that it needs; nil if nothing fits.
    package func cheapest(within limit: Int) -> (recomputation: Recomputation, size: Int)? {
        for candidate in candidates.sorted(by: { $0.work < $1.work }) {
            let layouts = layouts(candidate.recomputation)
            guard layouts.allSatisfy({ $0.map.peak <= limit }) else { continue }
            let size = layouts.map { $0.map.place().size }.max() ?? 0
            if size <= limit { return (candidate.recomputation, size) }
        }
        return nil
    }

    /// The elements of the smallest workspace in which something fits.
    package var smallestSize: Int {
        let peaks = candidates.map { candidate in
            (candidate, peak: layouts(candidate.recomputation).map(\.map.peak).max() ?? 0)
        }
        var smallest = Int.max
        for (candidate, peak) in peaks.sorted(by: { $0.peak < $1.peak }) where peak < smallest {
            smallest = min(smallest, layouts(candidate.recomputation).map { $0.map.place().size }.max() ?? 0)
        }
        return smallest
    }

    private func layouts(_ recomputation: Recomputation) -> [PlanLayout] {
        partitions.map { PlanLayout(graph: graph, sums: $0, training: training, recomputation: recomputation) }
    }
}
