import LockstepCluster
import LockstepCompute
import LockstepGraph

/// The sums of loss and metrics over the samples of one step or several: first this rank's, then those of all ranks.
/// Reused, so that a step allocates nothing.
final class StepTotals: StepSums {
    /// The sums over the samples of all ranks, each sample with the mean over its positions. The loss is first. At the
    /// end are the numbers of positions of masked metrics.
    @exclusivity(unchecked) private(set) var values: [Double]
    /// The numbers that the ranks add up: the values, then the requests. In the reproducible mode there is first a
    /// number that is finite if the loss is, and then the values of every micro-shard, each from one rank.
    // Every loss and metric adds to it.
    @exclusivity(unchecked) var exchanged: [Double]
    /// What this rank asks all ranks to do: to write a checkpoint, and to end because of a signal. They learn of it
    /// with the step's sums.
    var requestsCheckpoint = false
    var endRequest = EndRequest()
    private let order: [SumTree.Additions.Pair]
    private let isTree: Bool
    /// The place of this rank's first micro-shard in `exchanged`.
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

    /// Begins a step.
    func begin() { for index in values.indices { values[index] = 0 } }

    /// Begins a turn of a step.
    func clear() {
        for index in exchanged.indices { exchanged[index] = 0 }
        exchanged[requests] = requestsCheckpoint ? 1 : 0
        exchanged[requests + 1] = endRequest.code
    }

    /// The requests of all ranks, after the ranks have added up.
    var isCheckpointRequested: Bool { exchanged[requests] > 0 }
    var endRequests: EndRequest { EndRequest(code: exchanged[requests + 1]) }

    /// Adds to a value of one of this rank's micro-shards.
    func add(_ value: Double, microShard: Int, index: Int) {
        exchanged[first + microShard * values.count + index] += value
        if isTree, index == 0 { exchanged[0] += value }
    }

    /// Makes the loss of all ranks NaN.
    func fail() { exchanged[0] = .nan }

    /// Whether the loss of all ranks is finite, after the ranks have added up.
    var isFinite: Bool { exchanged[0].isFinite }

    /// Adds the sums of the ranks to the values.
    ///
    /// - Parameter positions: for each value, the positions of a sample that it is a sum over.
    func combine(positions: [Double]) {
        let (count, front) = (values.count, isTree ? 1 : 0)
        for pair in order {
            for index in 0..<count {
                exchanged[front + pair.sum * count + index] += exchanged[front + pair.addend * count + index]
            }
        }
        // The sign of NaN means nothing.
        for index in 0..<count {
            values[index] += exchanged[front + index].isNaN ? .nan : exchanged[front + index] / positions[index]
        }
    }

    /// Adds a penalty to the loss, once for each sample.
    func add(penalty: Double, samples: Int) { if penalty != 0 { values[0] += penalty * Double(samples) } }

    /// Notes how many samples an objective's sums are over, and adds a penalty to its loss.
    func add(_ objective: ObjectivePlaces, penalty: Double, samples: Int) {
        values[objective.samples] += Double(samples)
        values[objective.sum] += penalty * Double(samples)
    }
}
