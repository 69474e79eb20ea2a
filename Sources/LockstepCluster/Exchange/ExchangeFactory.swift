import LockstepCompute

/// What a model brings to an exchange.
package struct ExchangeSubject {
    /// This rank's gradients, one tensor for each part of its sums over rows. They may lie anywhere.
    let gradients: [Tensor]
    /// Where each layer's weights begin in a tensor of gradients, ascending.
    let starts: [Int]
    /// How many totals are summed in each step: sums of loss and metrics.
    let totals: Int
    /// The micro-shards that ranks sum by themselves, if results must not depend on the number of ranks; otherwise nil.
    /// With micro-shards, each total comes from one rank, and is 0 on the others.
    let microShards: MicroShards?
    /// Whether weights are updated in a second pass, when all gradients are known.
    let movesLater: Bool

    package init(
        gradients: [Tensor], starts: [Int], totals: Int, microShards: MicroShards? = nil, movesLater: Bool = false
    ) {
        self.gradients = gradients
        self.starts = starts
        self.totals = totals
        self.microShards = microShards
        self.movesLater = movesLater
    }
}

extension ExchangeOptions {
    /// Elements of a bucket on one node, for each thread of its ranks. Their memory traffic takes about 25 µs; the
    /// ranks need about 1 µs to meet.
    package static let nodeBucketSize = 32 * 1024
    /// Elements of a bucket that is rounded on its way between nodes. Fixed, because rounding depends on where buckets
    /// are cut, and measurements must not change results.
    static let roundedBucketSize = 256 * 1024

    /// - Throws: `ClusterError.exchange` for options that are valid on no ranks.
    package func validate() throws(ClusterError) {
        if let bucketBytes, bucketBytes < 4 {
            throw .exchange(argument: "bucketBytes", requirement: "4 or more", received: "\(bucketBytes)")
        }
        if strategy == .allReduce, wire != .float32 {
            throw .exchange(
                argument: "wire", requirement: "float32 where its strategy is all-reduce", received: wire.rawValue)
        }
        if strategy == .allReduce, shardOptimizer {
            throw .exchange(
                argument: "shardOptimizer", requirement: "false where its strategy is all-reduce", received: "true")
        }
    }

    /// - Throws: `ClusterError.exchange` for options that make results depend on the ranks.
    package func validateForTree() throws(ClusterError) {
        guard wire == .float32 else {
            throw .exchange(
                argument: "wire", requirement: "float32 for results that do not depend on the ranks",
                received: wire.rawValue)
        }
    }

    /// Collective: the exchange for a model on these ranks.
    ///
    /// - Parameters:
    ///   - isOversubscribed: whether there are more threads than cores.
    ///   - warn: called on rank 0 with advice if shared memory does not suffice.
    /// - Throws: `ClusterError.exchange` for options that are not valid on these ranks.
    package func exchange(
        for subject: ExchangeSubject, communicator: any Communicator, crew: Crew, isOversubscribed: Bool,
        warn: (String) -> Void
    ) throws(ClusterError) -> any GradientExchange {
        let isTree = subject.microShards != nil
        let whole = AllReduceExchange(subject.gradients[0], communicator: communicator, crew: crew)
        guard communicator.size > 1, strategy != .allReduce || isTree else { return whole }
        if isTree { try validateForTree() }
        // MPI adds in its own order, so micro-shards do not use its all-reduce. Instead every rank counts as a node
        // and updates all weights.
        let nodeLimit = strategy == .allReduce ? 1 : nodeLimit
        let map = try communicator.nodeMap(limit: nodeLimit)
        let nodes = map.members.count
        guard strategy != .shared || nodes == 1 else {
            throw .exchange(
                argument: "strategy", requirement: "hierarchical or all-reduce on several nodes",
                received: "shared on \(nodes)")
        }
        let (count, parts) = (subject.gradients[0].count, subject.gradients.count)
        let largest = map.members.map(\.count).max() ?? 1
        let size = NodeMemory.size(ranks: map.neighbours.count, parts: parts, count: count, totals: subject.totals)
        guard let buffer = try communicator.share(count: size, limit: nodeLimit) else {
            let bytes =
                NodeMemory.size(ranks: largest, parts: parts, count: count, totals: subject.totals)
                * MemoryLayout<Float>.stride
            let needs =
                "\(largest) ranks of a node need \(bytes / 1_000_000 + 2) MB of shared memory, and /dev/shm has less"
            let advice = "give it more (docker run --shm-size=…, or mount -o remount,size=… /dev/shm)"
            guard strategy == nil else {
                throw .exchange(argument: "strategy", requirement: "all-reduce", received: "\(needs); \(advice)")
            }
            if communicator.rank == 0 {
                warn(
                    "\(needs): gradients go through \(isTree ? "messages" : "MPI_Allreduce"), which is slower; \(advice)"
                )
            }
            guard isTree else { return whole }
            var messages = self
            messages.strategy = .allReduce
            return try messages.exchange(
                for: subject, communicator: communicator, crew: crew, isOversubscribed: isOversubscribed, warn: warn)
        }
        let link = nodes > 1 ? try LinkModel.measured(map, communicator) : nil
        // Ranks may have different numbers of threads, but must have the same buckets.
        var threads = [Double(crew.threads)]
        try communicator.allReduceSum(&threads)
        let bucketSize =
            bucketBytes.map { $0 / MemoryLayout<Float>.stride }
            ?? (wire != .float32 ? Self.roundedBucketSize : link?.bucketSize ?? Self.nodeBucketSize * Int(threads[0]))
        return HierarchicalExchange(
            NodeMemory(buffer, ranks: map.neighbours.count, parts: parts, count: count, totals: subject.totals),
            map: map,
            buckets: buckets(starts: subject.starts, count: count, size: bucketSize), options: self, link: link,
            totals: subject.totals,
            isOversubscribed: isOversubscribed, microShards: subject.microShards, movesLater: subject.movesLater,
            communicator: communicator, crew: crew)
    }
}
