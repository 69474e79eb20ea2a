import LockstepCluster
import LockstepCompute
import LockstepGraph
import LockstepLayers

/// The batch of all ranks, for operations with statistics of all its rows.
final class RanksBatch: GlobalBatch {
    /// The micro-shards of the reproducible mode; nil in the other mode.
    var microShards: MicroShards? { didSet { gathered = [] } }
    private let communicator: any Communicator
    /// Memory for the sums of all micro-shards, for each number of elements.
    private var gathered: [(all: Tensor, counts: [Int])] = []
    /// Memory for the rows of all ranks.
    private var room = Tensor.zeros([0])
    /// Operations cannot throw, so an error waits for the end of the pass.
    private var failure: (any Error)?

    init(_ communicator: any Communicator) { self.communicator = communicator }

    func sum(_ sums: Tensor, into total: Tensor, on crew: Crew) {
        guard failure == nil else { return }
        do {
            guard let microShards else {
                total.assign(sums)
                try communicator.allReduceSum(total)
                return
            }
            let (all, counts) = places(microShards, width: total.count)
            try communicator.allGather(sums, counts: counts, into: all)
            addLeaves(all, first: 0, leaves: microShards.count, into: total, on: crew)
        } catch { failure = error }
    }

    func gathered(_ rows: Tensor, samples: Int, width: Int) -> Tensor {
        let (count, ranks) = (samples * width, communicator.size)
        guard ranks > 1 else { return rows }
        if room.count < count { room = .zeros([count]) }
        let all = room.part(at: 0, shape: [count])
        guard failure == nil else { return all }
        let shards = (0..<ranks).map { rank in
            microShards?.rows(of: samples, rank: rank) ?? shardRange(of: samples, rank: rank, size: ranks)
        }
        do { try communicator.allGather(rows, counts: shards.map { $0.count * width }, into: all) } catch {
            failure = error
        }
        return all
    }

    private func places(_ microShards: MicroShards, width: Int) -> (all: Tensor, counts: [Int]) {
        if let places = gathered.first(where: { $0.all.count == microShards.count * width }) { return places }
        let places = (
            all: Tensor.zeros([microShards.count * width]),
            counts: (0..<communicator.size).map { microShards.leaves(of: $0).count * width }
        )
        gathered.append(places)
        return places
    }

    /// Throws the first error in a sum since the last check.
    func check() throws {
        defer { failure = nil }
        if let failure { throw failure }
    }
}
