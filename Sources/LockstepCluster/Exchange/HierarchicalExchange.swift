import LockstepCompute

/// An exchange through shared memory within nodes, and through messages between nodes.
///
/// The ranks of a node hold their gradients and the weights in memory that they share. Each rank owns a slice of every
/// bucket: it sums the slice straight from the other ranks' gradients, in the order of the ranks, and updates it.
/// Between nodes, the owners of the same slice reduce it by messages, while the ranks continue to compute.
///
/// Ranks wait for each other twice in a step: no rank sums a bucket before all have announced it, and no rank begins
/// the next step before all have finished their parts. When a rank announces a bucket, it also says that it no longer
/// reads the bucket's weights in this step.
package final class HierarchicalExchange: GradientExchange {
    package let memory: ExchangeMemory?
    package var pieces: [ExchangePiece] { work.pieces }
    package var isFirstHolder: Bool { options.shardOptimizer || map.node == 0 }
    package var isFirstSharer: Bool { map.node == 0 }
    package weak var times: (any ExchangeTimes)?

    let buckets: [Range<Int>]
    private let shared: NodeMemory
    private let map: NodeMap
    private let work: OwnedWork
    private let totalsSum: TotalsSum
    private let network: ProgressThread?
    private let communicator: any Communicator
    private let crew: Crew
    private let wait: Wait
    private let link: LinkModel?
    private let options: ExchangeOptions

    // The step under way.
    private var step: UInt32 = 0
    /// How many buckets this rank has announced, and how many it has begun to sum. It sums a bucket when all its
    /// neighbours have announced it.
    private var announced = 0
    private var begun = 0

    /// - Parameters:
    ///   - shared: the node's memory, filled with zeros.
    ///   - link: between nodes; nil on one node.
    ///   - microShards: what ranks sum by themselves, if results must not depend on the number of ranks; otherwise nil.
    ///   - movesLater: whether weights are updated in a second pass.
    ///   - isOversubscribed: whether the ranks of the node have more threads than cores. A waiting rank then sleeps.
    package init(
        _ shared: NodeMemory, map: NodeMap, buckets: [Range<Int>], options: ExchangeOptions, link: LinkModel?,
        totals: Int,
        isOversubscribed: Bool,
        microShards: MicroShards?, movesLater: Bool = false, communicator: any Communicator, crew: Crew
    ) {
        self.shared = shared
        self.map = map
        self.buckets = buckets
        self.communicator = communicator
        self.crew = crew
        wait = Wait(isOversubscribed: isOversubscribed)
        self.link = link
        self.options = options
        network = link.map { ProgressThread(naps: $0.naps) }
        work = OwnedWork(
            shared, map: map, buckets: buckets, options: options, link: link, microShards: microShards,
            movesLater: movesLater,
            communicator: communicator, crew: crew)
        totalsSum = TotalsSum(shared, map: map, count: totals, link: link, communicator: communicator)
        memory = ExchangeMemory(
            values: shared.values(0..<shared.count),
            gradients: (0..<shared.parts).map { shared.gradients(map.place, $0, 0..<shared.count) },
            isFirst: map.place == 0)
    }

    package func wireSeconds(growth: Int) -> Double {
        guard let link else { return 0 }
        let nodes = map.members.count * growth
        return buckets.reduce(0) { seconds, bucket in
            let bytes = options.wire.size
            let plan = ReductionSchedule.plan(
                count: bucket.count, nodes: nodes, bytes: bytes, link: link, needsParts: options.needsParts)
            return seconds
                + ReductionSchedule.seconds(plan.way, plan.radices, bytes: Double(bucket.count * bytes), link)
        }
    }

    /// The value of a rank's counter when it has announced its totals and `buckets` buckets of the step.
    private func announcement(_ buckets: Int) -> UInt32 {
        step &* UInt32(self.buckets.count + 1) &+ UInt32(buckets + 1)
    }

    package func begin(_ totals: [Double]) throws(ClusterError) {
        shared.totals(map.place).storeDoubles(totals)
        shared.announced(map.place).set(announcement(0))
    }

    package func complete(from offset: Int, update: any GradientUpdate) throws(ClusterError) {
        let before = announced
        while announced < buckets.count, buckets[announced].lowerBound >= offset { announced += 1 }
        if announced > before { shared.announced(map.place).set(announcement(announced)) }
        _ = try progress(update)
    }

    package func finish(_ totals: inout [Double], update: any GradientUpdate) throws(ClusterError) {
        precondition(
            announced == buckets.count, "a step finishes with \(announced) of \(buckets.count) buckets complete")
        communicator.activity.begin(.exchange, announced)
        defer { communicator.activity.end() }
        while try progress(update) || !isDone { if !isDone { try waitForOthers() } }
        totalsSum.load(into: &totals)
        shared.finished(map.place).set(step &+ 1)
        for place in map.neighbours.indices { try wait(for: shared.finished(place), toReach: step &+ 1) }
        step &+= 1
        announced = 0
        begun = 0
        work.reset()
        totalsSum.reset()
    }

    package var share: (part: Int, parts: Int) { (map.place, map.neighbours.count) }

    package func prepare(by update: any GradientUpdate) { work.prepare(by: update) }

    package func move(by update: any GradientUpdate) throws(ClusterError) {
        try work.move(on: network, update: update)
        while let network, !work.isDone {
            let moved = try network.progress()
            if try work.settle(on: network, updates: true, update: update, times: nil) || moved { continue }
            wait.shortly()
            try communicator.checkRanks(waitingIn: "exchange of values")
        }
        work.reset()
        try communicator.barrier()
    }

    private var isDone: Bool { begun == buckets.count && work.isDone && totalsSum.isKnown }

    /// Does what can be done without waiting; returns whether it did anything.
    private func progress(_ update: any GradientUpdate) throws(ClusterError) -> Bool {
        var moved = false
        if !totalsSum.isKnown, laggard(announcement(0)) == nil || totalsSum.isUnderWay {
            moved = try totalsSum.progress(step: step, network: network)
        }
        // On one node, a slice is summed and updated in one pass, so the totals must be known before.
        while begun < buckets.count, network != nil || totalsSum.isKnown, laggard(announcement(begun + 1)) == nil {
            try work.begin(bucket: begun, on: network, updates: totalsSum.areFinite, update: update, times: times)
            begun += 1
            moved = true
        }
        if let network {
            let start = times == nil ? 0 : monotonicSeconds()
            moved = try network.progress() || moved
            times?.add(.wire, bucket: begun, since: start)
            if totalsSum.isKnown {
                moved =
                    try work.settle(on: network, updates: totalsSum.areFinite, update: update, times: times) || moved
            }
        }
        return moved
    }

    /// The place of a neighbour whose counter has not reached the announcement; nil if there is none.
    private func laggard(_ announcement: UInt32) -> Int? {
        for place in map.neighbours.indices where !shared.announced(place).hasReached(announcement) { return place }
        return nil
    }

    private func waitForOthers() throws(ClusterError) {
        let start = times == nil ? 0 : monotonicSeconds()
        if let place = laggard(announcement(begun < buckets.count ? begun + 1 : begun)) {
            if network == nil {
                try wait(for: shared.announced(place), toReach: announcement(begun + 1))
                return
            }
            wait.shortly()
            times?.add(.wait, bucket: begun, since: start)
        } else {
            wait.shortly()
            times?.add(.wire, bucket: begun, since: start)
        }
        try communicator.checkRanks(waitingIn: "exchange of gradients")
    }

    private func wait(for counter: SharedCounter, toReach value: UInt32) throws(ClusterError) {
        guard !counter.hasReached(value) else { return }
        let start = times == nil ? 0 : monotonicSeconds()
        while !wait.once(for: counter, toReach: value) {
            try communicator.checkRanks(waitingIn: "exchange of gradients")
        }
        times?.add(.wait, bucket: begun, since: start)
    }
}
