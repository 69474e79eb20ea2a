import LockstepCluster
import LockstepCompute
import LockstepGraph

/// The sums of loss and metrics over a step's samples, or several steps': of this rank, then of all. Reused, so that a
/// step allocates nothing.
final class StepTotals: StepSums {
    /// For each sample of all ranks the mean over its positions, added up; the loss first. Then how many positions
    /// masked metrics are of.
    @exclusivity(unchecked) private(set) var values: [Double]
    /// What the ranks add up: the values, or where these must not depend on the number of ranks, whether the loss is a
    /// number, and the values of every micro-shard, of which each comes from one rank; behind them the requests.
    // Every loss and metric adds to it.
    @exclusivity(unchecked) var exchanged: [Double]
    /// What this rank asks of all ranks, which learn of it with the step's sums: to write a checkpoint, and to end
    /// because of a signal.
    var requestsCheckpoint = false
    var endRequest = EndRequest()
    private let order: [SumTree.Additions.Pair]
    private let isTree: Bool
    /// The place of this rank's first micro-shard among them.
    private let first: Int
    /// The place of the requests.
    private let requests: Int

    init(count: Int, microShards: MicroShards?, rank: Int) {
        values = Array(repeating: 0, count: count)
        isTree = microShards != nil
        requests = microShards.map { 1 + $0.count * count } ?? count
        exchanged = Array(repeating: 0, count: requests + 2)
        order =
            microShards.map { shards in shards.tree.additions(of: (0..<shards.count).map { $0..<$0 + 1 }).pairs } ?? []
        first = microShards.map { 1 + $0.leaves(of: rank).lowerBound * count } ?? 0
    }

    func clear() {
        for index in exchanged.indices { exchanged[index] = 0 }
        exchanged[requests] = requestsCheckpoint ? 1 : 0
        exchanged[requests + 1] = endRequest.code
    }

    /// What the ranks ask for, after they have added up.
    var isCheckpointRequested: Bool { exchanged[requests] > 0 }
    var endRequests: EndRequest { EndRequest(code: exchanged[requests + 1]) }

    /// Adds to one of the values of one of this rank's micro-shards.
    func add(_ value: Double, microShard: Int, index: Int) {
        exchanged[first + microShard * values.count + index] += value
        if isTree, index == 0 { exchanged[0] += value }
    }

    /// Makes the loss of all ranks no number, wherever they look.
    func fail() { exchanged[0] = .nan }

    /// Whether the ranks' loss is a number, after they have added up.
    var isFinite: Bool { exchanged[0].isFinite }

    /// Makes the values of what the ranks have added up.
    ///
    /// - Parameter positions: of a sample, that each value is a sum over.
    func combine(positions: [Double]) {
        let (count, front) = (values.count, isTree ? 1 : 0)
        for pair in order {
            for index in 0..<count {
                exchanged[front + pair.sum * count + index] += exchanged[front + pair.addend * count + index]
            }
        }
        // The sign of what is no number says nothing.
        for index in 0..<count {
            values[index] = exchanged[front + index].isNaN ? .nan : exchanged[front + index] / positions[index]
        }
    }

    /// Adds to the loss what it has beside those of the samples, as much for each.
    func add(penalty: Double, samples: Int) { if penalty != 0 { values[0] += penalty * Double(samples) } }
}
