import LockstepCompute

/// One rank's work in an exchange: it sums the segments that it owns, has them reduced over the nodes, and updates
/// their weights.
final class OwnedWork {
    /// Elements of a piece: enough to be worth handing to a thread, and few enough to stay in its second-level cache
    /// with all that an update reads.
    private static let pieceSize = 16 * 1024

    /// An owned segment.
    private struct Part {
        let bucket: Int
        /// Indices into `sums` and `pieces`.
        let sums: Range<Int>
        let pieces: Range<Int>
        let reduction: SegmentReduction?
    }

    private enum State { case idle, reducing, gathering, done }

    /// What this rank updates.
    let pieces: [ExchangePiece]
    private let sums: [NeighbourSum]
    private let parts: [Part]
    /// The parts of each bucket.
    private let bucketParts: [Range<Int>]
    private var states: [State]
    /// Parts in work lie in `firstOpen..<begun`: from the first part that is not done to the last that has begun.
    private var firstOpen = 0
    private var begun = 0
    private let shardsOptimizer: Bool
    /// Whether weights are updated in a second pass. Until then, their gradients stay where they are summed.
    private let movesLater: Bool
    private let crew: Crew
    private let single: Crew

    init(
        _ shared: NodeMemory, map: NodeMap, buckets: [Range<Int>], options: ExchangeOptions, link: LinkModel?,
        microShards: MicroShards?,
        movesLater: Bool, communicator: any Communicator, crew: Crew
    ) {
        self.crew = crew
        self.movesLater = movesLater
        let single = Crew(oneThreadOf: crew)
        self.single = single
        shardsOptimizer = link != nil && options.shardOptimizer
        let nodeSums = map.members.enumerated().map { node, ranks in
            NodeSums(of: ranks, place: node == map.node ? map.place : 0, microShards: microShards)
        }
        let own = nodeSums[map.node]
        // On one node, a sum is used at once, while it is in the cache of the thread that made it. So it costs no
        // memory traffic.
        let registers = own.registers + 1
        let scratch = FloatBuffer(count: crew.threads * registers * Self.pieceSize)
        var (pieces, sums, parts): ([ExchangePiece], [NeighbourSum], [Part]) = ([], [], [])
        var bucketParts: [Range<Int>] = []
        var tag = TotalsSum.tag
        for (number, bucket) in buckets.enumerated() {
            let firstPart = parts.count
            for segment in segments(of: bucket, ranks: map.members.map(\.count)) {
                tag += 1
                guard segment.owners[map.node] == map.place else { continue }
                let (firstSum, firstPiece) = (sums.count, pieces.count)
                let ranges = cut(segment.range, pieces: Self.pieceSize)
                sums += ranges.enumerated().map { index, range in
                    let waiting = (0..<registers).map { register in
                        Tensor(
                            scratch, at: (index % crew.threads * registers + register) * Self.pieceSize,
                            shape: [range.count])
                    }
                    return NeighbourSum(
                        shared, own, range: range, registers: waiting,
                        target: link == nil && !movesLater ? waiting[registers - 1] : nil)
                }
                var updated = segment.range
                var reduction: SegmentReduction?
                if let link {
                    let schedule = ReductionSchedule(
                        segment.range, node: map.node, nodes: map.members.count, bytes: options.wire.size, link: link,
                        needsParts: options.needsParts, isDirect: microShards != nil)
                    if options.shardOptimizer { updated = schedule.result }
                    reduction = SegmentReduction(
                        schedule, range: segment.range,
                        memory: shared.reduction(map.place, own, gathersValues: options.shardOptimizer),
                        order: microShards.map { StageOrder(nodeSums.map(\.results), tree: $0.tree) },
                        owners: zip(map.members, segment.owners).map { $0[$1] }, tag: tag, wire: options.wire,
                        gathersSums: !options.shardOptimizer, communicator: communicator,
                        add: { LockstepCompute.add($0, $1, into: $2, on: single) })
                }
                if link == nil {
                    pieces += zip(ranges, sums[firstSum...]).map { ExchangePiece(range: $0, gradients: $1.results[0]) }
                } else {
                    pieces += cut(updated, pieces: Self.pieceSize).map {
                        ExchangePiece(range: $0, gradients: shared.gradients(map.place, 0, $0))
                    }
                }
                parts.append(
                    Part(
                        bucket: number, sums: firstSum..<sums.count, pieces: firstPiece..<pieces.count,
                        reduction: reduction))
            }
            bucketParts.append(firstPart..<parts.count)
        }
        (self.pieces, self.sums, self.parts, self.bucketParts) = (pieces, sums, parts, bucketParts)
        states = Array(repeating: .idle, count: parts.count)
    }

    var isDone: Bool { firstOpen == parts.count }

    func reset() {
        for index in states.indices { states[index] = .idle }
        firstOpen = 0
        begun = 0
    }

    /// Sums a bucket's parts, when all neighbours have announced the bucket. On one node it also updates their weights;
    /// on several nodes it starts their reductions.
    func begin(
        bucket: Int, on network: ProgressThread?, updates: Bool, update: any GradientUpdate, times: (any ExchangeTimes)?
    ) throws(ClusterError) {
        for index in bucketParts[bucket] {
            let part = parts[index]
            let start = times == nil ? 0 : monotonicSeconds()
            perform(part, sums: true, update: network == nil && updates ? update : nil)
            times?.add(network == nil ? .update : .sum, bucket: bucket, since: start)
            if let network, let reduction = part.reduction {
                try network.start(reduction)
                states[index] = .reducing
            } else {
                states[index] = .done
            }
        }
        begun = bucketParts[bucket].upperBound
        skipDone()
    }

    private func skipDone() { while firstOpen < begun, states[firstOpen] == .done { firstOpen += 1 } }

    /// Updates the parts that have been reduced over the nodes; returns whether any part went on.
    func settle(on network: ProgressThread, updates: Bool, update: any GradientUpdate, times: (any ExchangeTimes)?)
        throws(ClusterError)
        -> Bool
    {
        var moved = false
        for index in firstOpen..<begun {
            let part = parts[index]
            guard let reduction = part.reduction else { continue }
            switch states[index] {
            case .idle, .done: continue
            case .reducing:
                guard try shardsOptimizer ? network.isSummed(reduction) : network.isComplete(reduction) else {
                    continue
                }
                let start = times == nil ? 0 : monotonicSeconds()
                if updates { perform(part, sums: false, update: update) }
                times?.add(.update, bucket: part.bucket, since: start)
                if shardsOptimizer, !movesLater {
                    try network.startGather(reduction)
                    states[index] = .gathering
                } else {
                    states[index] = .done
                }
            case .gathering:
                guard try network.isComplete(reduction) else { continue }
                states[index] = .done
            }
            moved = true
        }
        if moved { skipDone() }
        return moved
    }

    /// Goes over all of this rank's pieces before the second pass.
    func prepare(by update: any GradientUpdate) {
        for part in parts { perform(part, sums: false, update: update, moves: true) }
    }

    /// Updates all weights of this rank's pieces in a second pass. With a sharded optimizer, it also starts to gather
    /// those of other nodes.
    func move(on network: ProgressThread?, update: any GradientUpdate) throws(ClusterError) {
        begun = parts.count
        for (index, part) in parts.enumerated() {
            perform(part, sums: false, update: update, moves: true)
            if shardsOptimizer, let network, let reduction = part.reduction {
                try network.startGather(reduction)
                states[index] = .gathering
            } else {
                states[index] = .done
            }
        }
        skipDone()
    }

    private func perform(_ part: Part, sums sumsFirst: Bool, update: (any GradientUpdate)?, moves: Bool = false) {
        let count = sumsFirst ? part.sums.count : part.pieces.count
        let threads = min(crew.threads, count)
        let work = Work(
            sums: sumsFirst ? sums : nil, firstSum: part.sums.lowerBound, update: update,
            firstPiece: part.pieces.lowerBound,
            moves: moves, count: count, threads: crew.threads, crew: single)
        crew.perform(work, chunks: threads)
    }

    /// Works piece by piece, so that a sum is still in the cache when it is used. A chunk takes every `threads`-th
    /// piece, and no other chunk uses the scratch of these.
    private struct Work: ChunkedWork {
        let sums: [NeighbourSum]?
        let firstSum: Int
        let update: (any GradientUpdate)?
        let firstPiece: Int
        let moves: Bool
        let count, threads: Int
        let crew: Crew

        func run(chunk: Int) {
            for index in stride(from: chunk, to: count, by: threads) {
                if let sums { sums[firstSum + index].compute(on: crew) }
                if moves {
                    update?.move(piece: firstPiece + index, on: crew)
                } else {
                    update?.update(piece: firstPiece + index, on: crew)
                }
            }
        }
    }
}
