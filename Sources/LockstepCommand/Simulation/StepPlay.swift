import Lockstep

/// One simulated step of an `ExchangeSimulation`, event by event.
struct StepPlay {
    private let simulation: ExchangeSimulation
    private let cluster: SimulatedCluster
    private let layers: [StepWork.Layer]
    private let slowness: [Double]
    private var events = EventQueue<StepEvent>()
    private var network: SimulatedNetwork
    private var ranks: [SimulatedRank] = []
    private var boards: [SimulatedBoard]

    init(_ simulation: ExchangeSimulation, slowness: [Double]) {
        self.simulation = simulation
        self.slowness = slowness
        cluster = simulation.cluster
        // Backward ends with an announcement that all gradients are complete.
        layers = simulation.work.backward + [StepWork.Layer(seconds: 0, offset: 0)]
        let sizes = cluster.nodeSizes
        boards = sizes.enumerated().map {
            [count = simulation.buckets.count, perNode = cluster.ranksPerNode] node, size in
            SimulatedBoard(ranks: node * perNode..<node * perNode + size, buckets: count)
        }
        network = SimulatedNetwork(simulation.flows, nodes: sizes.count, link: cluster.link)
        var parts = Array(repeating: [Int](), count: cluster.ranks)
        for (number, flow) in simulation.flows.enumerated() where flow.bucket != nil {
            for (node, place) in flow.owners.enumerated() {
                parts[node * cluster.ranksPerNode + place].append(number * sizes.count + node)
            }
        }
        ranks = parts.enumerated().map { rank, parts in
            SimulatedRank(node: rank / cluster.ranksPerNode, isFirst: rank % cluster.ranksPerNode == 0, parts: parts)
        }
    }

    private var hasNetwork: Bool { boards.count > 1 }

    /// The rank that owns a part.
    private func owner(of part: Int) -> Int {
        let node = network.node(of: part)
        return boards[node].ranks.lowerBound + network.flow(of: part).owners[node]
    }

    mutating func run() -> SimulatedStep {
        for rank in ranks.indices { events.add(.forward(rank: rank), at: simulation.work.forward * slowness[rank]) }
        while let (time, event) = events.next() { handle(event, at: time) }
        precondition(ranks.allSatisfy { $0.end != nil }, "a step was played whose ranks do not end")
        return SimulatedStep(
            seconds: ranks.reduce(0) { max($0, $1.end ?? 0) },
            computing: simulation.work.seconds * (slowness.max() ?? 1),
            bytesSent: network.bytesSent.max() ?? 0, messages: network.messages)
    }

    private mutating func handle(_ event: StepEvent, at time: Double) {
        switch event {
        case .forward(let rank):
            boards[ranks[rank].node].totals += 1
            wakeNeighbours(of: rank, at: time)
            compute(rank, from: time)
        case .layer(let rank):
            announce(rank, at: time)
            ranks[rank].isFinishing = ranks[rank].layers == layers.count
            let end = work(rank, at: time)
            if ranks[rank].isFinishing { stay(rank, busyUntil: end, at: time) } else { compute(rank, from: end) }
        case .look(let rank):
            guard ranks[rank].isIdle(at: time) else { return }
            stay(rank, busyUntil: work(rank, at: time), at: time)
        case .progressThread(let rank):
            ranks[rank].progressIsCalled = false
            if !ranks[rank].arrived.isEmpty { ranks[rank].movedAt = time }
            notice(rank, at: time)
        case .arrived(let part):
            let rank = owner(of: part)
            ranks[rank].arrived.append(part)
            if cluster.naps.upperBound == 0 || ranks[rank].isIdle(at: time) {
                notice(rank, at: time)
            } else {
                callProgressThread(of: rank, at: time)
            }
        case .advance(let part):
            if network.phase[part] < 0 { ranks[owner(of: part)].activate(at: time) }
            if network.advance(part) { enter(part, at: time) } else { rest(part, at: time) }
        case .resume(let part):
            ranks[owner(of: part)].activate(at: time)
            enter(part, at: time)
        case .posted(let part):
            if let free = network.offer(part, at: time, events: &events) {
                events.add(.free(node: network.node(of: part)), at: free)
            }
        case .free(let node):
            if let free = network.free(node, at: time, events: &events) { events.add(.free(node: node), at: free) }
        }
    }
}

// The ranks.
extension StepPlay {
    private mutating func compute(_ rank: Int, from time: Double) {
        let end = time + layers[ranks[rank].layers].seconds * slowness[rank]
        ranks[rank].busyUntil = end
        events.add(.layer(rank: rank), at: end)
    }

    /// Waits for other ranks, first for the end of its own work, if any.
    private mutating func stay(_ rank: Int, busyUntil end: Double, at time: Double) {
        ranks[rank].busyUntil = end
        if end > time { events.add(.look(rank: rank), at: end) }
    }

    private mutating func announce(_ rank: Int, at time: Double) {
        let node = ranks[rank].node
        let offset = layers[ranks[rank].layers].offset
        let before = ranks[rank].layers == 0 ? Int.max : layers[ranks[rank].layers - 1].offset
        ranks[rank].layers += 1
        for (bucket, range) in simulation.buckets.enumerated()
        where range.lowerBound >= offset && range.lowerBound < before {
            boards[node].announced[bucket] += 1
        }
        let ready = boards[node].ready
        while boards[node].ready < simulation.buckets.count,
            boards[node].announced[boards[node].ready] == boards[node].ranks.count
        { boards[node].ready += 1 }
        if boards[node].ready > ready { wakeNeighbours(of: rank, at: time) }
    }

    private mutating func wakeNeighbours(of rank: Int, at time: Double) {
        for neighbour in boards[ranks[rank].node].ranks where neighbour != rank && ranks[neighbour].isIdle(at: time) {
            events.add(.look(rank: neighbour), at: time)
        }
    }

    /// Does all work that needs no waiting, as `HierarchicalExchange.progress` does. Returns the time when it is done.
    private mutating func work(_ rank: Int, at time: Double) -> Double {
        notice(rank, at: time)
        let node = ranks[rank].node
        settleTotals(rank, node, at: time)
        var now = time
        while ranks[rank].bucketsBegun < boards[node].ready, hasNetwork || boards[node].totalsAreKnown {
            now = begin(ranks[rank].bucketsBegun, rank, at: now)
            ranks[rank].bucketsBegun += 1
        }
        guard boards[node].totalsAreKnown else { return now }
        for part in ranks[rank].summed { now = settle(part, rank, at: now) }
        ranks[rank].summed.removeAll(keepingCapacity: true)
        if ranks[rank].isFinishing, ranks[rank].open == 0, ranks[rank].bucketsBegun == simulation.buckets.count {
            ranks[rank].end = now
        }
        return now
    }

    private mutating func settleTotals(_ rank: Int, _ node: Int, at time: Double) {
        guard !boards[node].totalsAreKnown, boards[node].totals == boards[node].ranks.count else { return }
        if hasNetwork {
            guard ranks[rank].isFirst else { return }
            if !boards[node].totalsAreUnderWay {
                boards[node].totalsAreUnderWay = true
                // The flow of the totals is the first.
                events.add(.advance(part: node), at: time)
            }
            guard boards[node].totalsAreSummed else { return }
        }
        boards[node].totalsAreKnown = true
        wakeNeighbours(of: rank, at: time)
    }

    /// Sums a rank's slice of a bucket. On one node this includes the update; on several nodes it starts the reduction.
    private mutating func begin(_ bucket: Int, _ rank: Int, at time: Double) -> Double {
        let board = boards[ranks[rank].node].ranks
        let sumBytes = board.count > 1 ? 4 * (board.count + 1) : 0
        guard hasNetwork else {
            let count = cut(simulation.buckets[bucket], into: board.count, part: rank - board.lowerBound).count
            return time + cluster.seconds(moving: Double(count * (sumBytes + simulation.work.updateBytes)))
        }
        var now = time
        while ranks[rank].partsBegun < ranks[rank].parts.count {
            let part = ranks[rank].parts[ranks[rank].partsBegun]
            let flow = network.flow(of: part)
            guard flow.bucket == bucket else { break }
            now += cluster.seconds(moving: Double(flow.range.count * sumBytes))
            events.add(.advance(part: part), at: now)
            ranks[rank].partsBegun += 1
        }
        return now
    }

    /// Updates the values whose sum over the nodes is known.
    private mutating func settle(_ part: Int, _ rank: Int, at time: Double) -> Double {
        let flow = network.flow(of: part)
        let isComplete = network.phase[part] == flow.phases
        if isComplete { ranks[rank].open -= 1 }
        if isComplete, !flow.gathersSums { return time }
        let count = flow.gathersSums ? flow.range.count : flow.resultCount(node: network.node(of: part))
        let end = time + cluster.seconds(moving: Double(count * simulation.work.updateBytes))
        if !isComplete { events.add(.resume(part: part), at: end) }
        return end
    }
}

// Moves the reductions, as `SegmentReduction` and `ProgressThread` do.
extension StepPlay {
    /// The rank continues to compute. Its progress thread looks at the end of its nap, unless the rank itself looks
    /// before.
    private mutating func callProgressThread(of rank: Int, at time: Double) {
        guard !ranks[rank].progressIsCalled else { return }
        ranks[rank].progressIsCalled = true
        events.add(.progressThread(rank: rank), at: max(time, cluster.look(after: time, since: ranks[rank].movedAt)))
    }

    /// Sums the received messages.
    private mutating func notice(_ rank: Int, at time: Double) {
        for part in ranks[rank].arrived {
            let end = max(time, ranks[rank].summingUntil) + cluster.seconds(moving: network.traffic(of: part))
            ranks[rank].summingUntil = end
            events.add(.advance(part: part), at: end)
        }
        ranks[rank].arrived.removeAll(keepingCapacity: true)
    }

    private mutating func enter(_ part: Int, at time: Double) {
        let rank = owner(of: part)
        let (messages, longest) = network.enter(part)
        let end = max(time, ranks[rank].postingUntil) + Double(max(messages - 1, 0)) * cluster.link.overhead
        ranks[rank].postingUntil = end
        let asking = longest > cluster.eagerBytes ? 2 * cluster.link.latency : 0
        events.add(.posted(part: part), at: end + asking)
    }

    private mutating func rest(_ part: Int, at time: Double) {
        let rank = owner(of: part)
        ranks[rank].active -= 1
        if network.flow(of: part).bucket == nil {
            boards[ranks[rank].node].totalsAreSummed = true
        } else {
            ranks[rank].summed.append(part)
        }
        if ranks[rank].isIdle(at: time) { events.add(.look(rank: rank), at: time) }
    }
}
