import Foundation
import Lockstep
import LockstepCommand
import Testing

@Suite struct SimulationTests {
    private let links = [
        LinkModel(latency: 50e-6, overhead: 2e-6, bandwidth: 1e9),
        LinkModel(latency: 1e-3, overhead: 0, bandwidth: 1e8),
        LinkModel(latency: 1e-6, overhead: 1e-6, bandwidth: 1e10),
    ]

    private func cluster(_ ranks: Int, perNode: Int = 1, _ link: LinkModel, nap: Double = 0, jitter: Double = 0)
        -> SimulatedCluster
    {
        SimulatedCluster(ranks: ranks, ranksPerNode: perNode, link: link, naps: nap...4 * nap, jitter: jitter)
    }

    /// One exchange without totals, which would go first.
    private func bare(_ count: Int) -> StepWork {
        StepWork(starts: [0], count: count, totals: 0, forward: 0, backward: [], updateBytes: 12)
    }

    private func plan(_ count: Int, _ nodes: Int, _ link: LinkModel) -> ReductionSchedule.Plan {
        ReductionSchedule.plan(count: count, nodes: nodes, bytes: 4, link: link, needsParts: false)
    }

    private func cost(_ count: Int, _ nodes: Int, _ link: LinkModel) -> Double {
        let plan = plan(count, nodes, link)
        return ReductionSchedule.seconds(plan.way, plan.radices, bytes: Double(4 * count), link)
    }

    /// Oracle: what a schedule costs by its own formula, and 2(N−1)/N, the least bytes that a node can send.
    @Test("one segment takes what its schedule says", arguments: Array(2...17) + [97, 100, 1024, 8192])
    func formula(nodes: Int) {
        for link in links {
            for count in [16 * nodes, 16 * nodes * (nodes > 1000 ? 8 : 1024)] {
                let simulation = ExchangeSimulation(
                    bare(count), on: cluster(nodes, link), options: ExchangeOptions(bucketBytes: 1 << 40))
                let step = simulation.step()
                let expected = cost(count, nodes, link)
                #expect(
                    abs(step.seconds / expected - 1) < 1e-9,
                    "\(nodes) nodes, \(count): \(step.seconds), not \(expected)")
                if plan(count, nodes, link).way == .parts {
                    #expect(step.bytesSent == 2 * (nodes - 1) * 4 * count / nodes)
                }
                #expect(step.computing == 0)
            }
        }
    }

    /// Oracle: closed forms. Slow layers hide all but the last bucket; fast ones leave what the wire takes for all
    /// bytes.
    @Test("buckets travel while backward computes", arguments: [2, 3, 4, 12, 64], [0, 100e-6])
    func overlap(nodes: Int, nap: Double) {
        let (layers, size) = (8, 16 * nodes * 256)
        for link in links {
            let last = cost(size, nodes, link)
            func step(_ seconds: Double) -> SimulatedStep {
                let work = StepWork(
                    starts: (0..<layers).map { $0 * size }, count: layers * size, totals: 0, forward: 0.01,
                    backward: (0..<layers).reversed().map { .init(seconds: seconds, offset: $0 * size) },
                    updateBytes: 12)
                let options = ExchangeOptions(bucketBytes: 4 * size)
                return ExchangeSimulation(work, on: cluster(nodes, link, nap: nap), options: options).step()
            }
            // A progress thread may look after a bucket four naps late in each stage.
            let slow = step(2 * last + 80 * nap)
            #expect(
                abs(slow.seconds - slow.computing - last) < 1e-9 * slow.seconds, "\(slow), not \(last) behind computing"
            )
            #expect(abs(slow.computing - 0.01 - Double(layers) * (2 * last + 80 * nap)) < 1e-9)
            let fast = step(1e-9).seconds - 0.01
            let plan = plan(size, nodes, link)
            let sent =
                plan.way == .parts ? 2 * (nodes - 1) * size / nodes : plan.radices.reduce(0) { $0 + ($1 - 1) * size }
            let wire = Double(layers * 4 * sent) / link.bandwidth
            #expect(fast > wire && fast < wire + 2 * last, "\(fast), not \(wire)")
        }
    }

    /// Oracle: the bytes of the formats, and of values in place of sums.
    @Test("numbers of two bytes, and optimizers that exist once", arguments: [2, 3, 8, 30])
    func formats(nodes: Int) {
        let count = 16 * nodes * 8192
        for (wire, shards, bytes) in [(WireFormat.float32, true, 8), (.bfloat16, false, 4), (.float16, true, 6)] {
            let options = ExchangeOptions(wire: wire, bucketBytes: 1 << 40, shardOptimizer: shards)
            let step = ExchangeSimulation(bare(count), on: cluster(nodes, links[0]), options: options).step()
            #expect(step.bytesSent == (nodes - 1) * count / nodes * bytes)
        }
        // Two nodes send each other all they hold where they may, and sum all of it.
        guard nodes > 2 else { return }
        // All values or a node's share of them move through its memory for the update, and each stage's sums.
        let slow = SimulatedCluster(ranks: nodes, link: links[0], memoryBandwidth: 1e6, naps: 0...0)
        let times = [false, true].map { shards in
            ExchangeSimulation(
                bare(count), on: slow, options: ExchangeOptions(bucketBytes: 1 << 40, shardOptimizer: shards)
            ).step().seconds
        }
        let saved = Double(12 * (count - count / nodes)) / 1e6
        #expect(abs(times[0] - times[1] - saved) < 0.02 * saved)
    }

    /// Oracle: bytes of memory by bandwidth. Each of four ranks sums and updates a quarter, from four gradients, and
    /// all share the memory.
    @Test("on one node memory is what counts")
    func oneNode() {
        let count = 4 * 16 * 1000
        let cluster = SimulatedCluster(ranks: 4, ranksPerNode: 4, link: links[0], memoryBandwidth: 1e9)
        let work = StepWork(
            starts: [0], count: count, totals: 1, forward: 0.1, backward: [.init(seconds: 0.2, offset: 0)],
            updateBytes: 28)
        let step = ExchangeSimulation(work, on: cluster).step()
        let expected = 0.3 + Double(count * (4 * 5 + 28)) / 1e9
        #expect(
            abs(step.seconds - expected) < 1e-9 && step.messages == 0 && abs(step.computing - 0.3) < 1e-12, "\(step)")
    }

    /// Oracle: longer messages are known by their receiver a trip there and back later, in each stage.
    @Test("long messages are asked for")
    func asking() {
        let (count, link) = (16 * 1024, links[0])
        func seconds(_ eager: Int) -> Double {
            let cluster = SimulatedCluster(ranks: 2, link: link, eagerBytes: eager, naps: 0...0)
            return ExchangeSimulation(
                bare(count), on: cluster, options: ExchangeOptions(bucketBytes: 1 << 40, shardOptimizer: true)
            ).step()
                .seconds
        }
        #expect(abs(seconds(2 * count - 1) - seconds(2 * count) - 4 * link.latency) < 1e-12)
    }

    /// Oracle: the slowest of all ranks, which are the slower the more there are.
    @Test("stragglers cost what the slowest computes longer, and the same for the same seed")
    func jitter() {
        let work = StepWork(
            starts: [0], count: 4096, totals: 1, forward: 1, backward: [.init(seconds: 1, offset: 0)], updateBytes: 12)
        func step(_ ranks: Int, seed: UInt64, number: Int = 0) -> SimulatedStep {
            ExchangeSimulation(work, on: cluster(ranks, links[0], jitter: 0.1)).step(seed: seed, number: number)
        }
        #expect(step(64, seed: 1) == step(64, seed: 1) && step(64, seed: 1) != step(64, seed: 2))
        #expect(step(64, seed: 1) != step(64, seed: 1, number: 1))
        for ranks in [2, 64, 1024] {
            let steps = (0..<20).map { step(ranks, seed: 3, number: $0) }
            #expect(steps.allSatisfy { $0.seconds > $0.computing && $0.seconds < $0.computing + 0.01 })
            // The expected greatest of so many normal numbers: 0.56, 2.35 and 3.24.
            let expected = [2: 0.56, 64: 2.35, 1024: 3.24][ranks]!
            #expect(abs(SimulatedStep.mean(steps).computing / 2 - exp(0.1 * expected)) < 0.05, "\(ranks) ranks")
        }
    }

    /// Oracle: the exchange itself, on threads that count what they send.
    @Test("nodes send the messages and the bytes that the exchange sends", arguments: [2, 3, 5, 6, 7, 8], [1, 2, 3])
    func messages(ranks: Int, perNode: Int) throws {
        guard ranks > perNode else { return }
        let link = links[0]
        let (starts, count) = ([0, 160, 160, 4000, 4800], 8000)
        for options in [
            ExchangeOptions(bucketBytes: 4000), ExchangeOptions(bucketBytes: 1 << 20, shardOptimizer: true),
            ExchangeOptions(wire: .bfloat16, bucketBytes: 8000),
            ExchangeOptions(wire: .float16, bucketBytes: 6000, shardOptimizer: true),
        ] {
            let sent = try ThreadCluster.run(ranks) { communicator in
                let counting = CountingCommunicator(communicator)
                let map = try counting.nodeMap(limit: perNode)
                let size = NodeMemory.size(ranks: map.neighbours.count, parts: 1, count: count, totals: 2)
                let buffer = try #require(try counting.share(count: size, limit: perNode))
                let crew = try Crew(threads: 1, instructionSet: .portable)
                let exchange = HierarchicalExchange(
                    NodeMemory(buffer, ranks: map.neighbours.count, parts: 1, count: count, totals: 2), map: map,
                    buckets: buckets(starts: starts, count: count, size: options.bucketBytes! / 4), options: options,
                    link: link, totals: 2,
                    isOversubscribed: true, microShards: nil, communicator: counting, crew: crew)
                let update = NoUpdate()
                var totals = [1.0, 2]
                try exchange.begin(totals)
                for start in starts.reversed() { try exchange.complete(from: start, update: update) }
                try exchange.finish(&totals, update: update)
                // Nobody leaves while others wait.
                try counting.barrier()
                return (node: map.node, bytes: counting.bytes, messages: counting.messages)
            }
            var bytes = [Int: Int]()
            for rank in sent { bytes[rank.node, default: 0] += rank.bytes }
            let work = StepWork(starts: starts, count: count, totals: 2, forward: 0, backward: [], updateBytes: 12)
            let step = ExchangeSimulation(work, on: cluster(ranks, perNode: perNode, link), options: options).step()
            #expect(
                step.bytesSent == bytes.values.max()! && step.messages == sent.reduce(0) { $0 + $1.messages },
                "\(options): \(step)")
        }
    }

    @Test("events come in the order of their times, and of their coming")
    func queue() {
        var queue = EventQueue<Int>()
        let times = [3.0, 1, 2, 1, 5, 0, 1, 4, 2]
        for (number, time) in times.enumerated() { queue.add(number, at: time) }
        var order: [Int] = []
        while let (time, number) = queue.next() {
            #expect(times[number] == time)
            order.append(number)
        }
        #expect(order == times.indices.sorted { (times[$0], $0) < (times[$1], $1) })
    }
}

/// Counts what a rank sends.
private final class CountingCommunicator: Communicator, @unchecked Sendable {
    private let base: any Communicator
    private(set) var messages = 0
    private(set) var bytes = 0

    init(_ base: any Communicator) { self.base = base }

    var rank: Int { base.rank }
    var size: Int { base.size }
    var host: String { base.host }
    var library: String? { base.library }
    var activity: Activity { base.activity }

    func barrier() throws(ClusterError) { try base.barrier() }
    func broadcast(_ tensor: Tensor, from root: Int) throws(ClusterError) { try base.broadcast(tensor, from: root) }
    func broadcast(_ bytes: inout [UInt8], from root: Int) throws(ClusterError) {
        try base.broadcast(&bytes, from: root)
    }
    func allReduceSum(_ tensor: Tensor) throws(ClusterError) { try base.allReduceSum(tensor) }
    func allReduceSum(_ values: inout [Double]) throws(ClusterError) { try base.allReduceSum(&values) }
    func allGather(_ part: Tensor, counts: [Int], into whole: Tensor) throws(ClusterError) {
        try base.allGather(part, counts: counts, into: whole)
    }
    func allGather(_ part: [UInt8], counts: [Int]) throws(ClusterError) -> [UInt8] {
        try base.allGather(part, counts: counts)
    }
    /// The progress thread's thread and the rank's own take turns.
    func send(_ tensor: Tensor, to rank: Int, tag: Int) throws(ClusterError) -> any Transfer {
        messages += 1
        bytes += tensor.count * MemoryLayout<Float>.stride
        return try base.send(tensor, to: rank, tag: tag)
    }
    func receive(into tensor: Tensor, from rank: Int, tag: Int) throws(ClusterError) -> any Transfer {
        try base.receive(into: tensor, from: rank, tag: tag)
    }
    func nodeMap(limit: Int?) throws(ClusterError) -> NodeMap { try base.nodeMap(limit: limit) }
    func share(count: Int, limit: Int?) throws(ClusterError) -> FloatBuffer? {
        try base.share(count: count, limit: limit)
    }
    func checkRanks(waitingIn call: String) throws(ClusterError) { try base.checkRanks(waitingIn: call) }
    func abort() -> Never { base.abort() }
    func end(status: Int32) -> Never { base.end(status: status) }
}

/// Moves nothing, where only the messages are looked at.
private final class NoUpdate: GradientUpdate {
    func update(piece: Int, on crew: Crew) {}
}
