import LockstepCompute

/// One rank of a `ThreadCluster`. Sums add in the order of the ranks, so all ranks hold the same bits.
final class ThreadCommunicator: Communicator {
    let rank: Int
    let library: String? = "threads"
    private let rendezvous: Rendezvous

    init(rank: Int, rendezvous: Rendezvous) {
        self.rank = rank
        self.rendezvous = rendezvous
    }

    var size: Int { rendezvous.size }
    var host: String { hostName() }
    var activity: Activity { rendezvous.activities[rank] }

    private func meet(
        _ call: Activity.Call, _ count: Int, _ contribution: Rendezvous.Contribution
    ) throws(ClusterError) -> [Rendezvous.Contribution] {
        activity.begin(call, count)
        defer { activity.end() }
        return try rendezvous.meet(rank, contribution)
    }

    func barrier() throws(ClusterError) { _ = try meet(.barrier, 0, .init("barrier")) }

    func broadcast(_ tensor: Tensor, from root: Int) throws(ClusterError) {
        let call = "broadcast of \(tensor.count) floats from rank \(root)"
        let all = try meet(
            .broadcast, tensor.count * MemoryLayout<Float>.stride,
            .init(call, floats: rank == root ? tensor.elements : []))
        if rank != root { tensor.assign(Tensor(all[root].floats)) }
    }

    func broadcast(_ bytes: inout [UInt8], from root: Int) throws(ClusterError) {
        let call = "broadcast of \(bytes.count) bytes from rank \(root)"
        bytes = try meet(.broadcast, bytes.count, .init(call, bytes: rank == root ? bytes : []))[root].bytes
    }

    func allReduceSum(_ tensor: Tensor) throws(ClusterError) {
        let all = try meet(.sum, tensor.count, .init("allReduceSum of \(tensor.count) floats", floats: tensor.elements))
        for position in 0..<tensor.count {
            tensor[position] = all.dropFirst().reduce(all[0].floats[position]) { $0 + $1.floats[position] }
        }
    }

    func allReduceSum(_ values: inout [Double]) throws(ClusterError) {
        let all = try meet(.sum, values.count, .init("allReduceSum of \(values.count) doubles", doubles: values))
        for position in values.indices {
            values[position] = all.dropFirst().reduce(all[0].doubles[position]) { $0 + $1.doubles[position] }
        }
    }

    func allGather(_ part: Tensor, counts: [Int], into whole: Tensor) throws(ClusterError) {
        let all = try meet(
            .gather, whole.count * MemoryLayout<Float>.stride,
            .init("allGather of \(counts) floats", floats: part.elements))
        let received = all.map(\.floats.count)
        guard received == counts else { throw .mismatch(calls: received.map { "allGather of \($0) floats" }) }
        whole.assign(Tensor(all.flatMap(\.floats)))
    }

    func allGather(_ part: [UInt8], counts: [Int]) throws(ClusterError) -> [UInt8] {
        let all = try meet(.gather, counts.reduce(0, +), .init("allGather of \(counts) bytes", bytes: part))
        let received = all.map(\.bytes.count)
        guard received == counts else { throw .mismatch(calls: received.map { "allGather of \($0) bytes" }) }
        return all.flatMap(\.bytes)
    }

    func send(_ tensor: Tensor, to rank: Int, tag: Int) throws(ClusterError) -> any Transfer {
        try rendezvous.post(tensor.elements, in: Mailbox(sender: self.rank, receiver: rank, tag: tag))
        return Delivery(activity, peer: rank) { _ in true }
    }

    func receive(into tensor: Tensor, from rank: Int, tag: Int) throws(ClusterError) -> any Transfer {
        let box = Mailbox(sender: rank, receiver: self.rank, tag: tag)
        let number = try rendezvous.reserve(in: box)
        return Delivery(activity, peer: rank) { [rendezvous] (waits) throws(ClusterError) in
            guard let floats = try rendezvous.collect(number, from: box, waits: waits) else { return false }
            guard floats.count == tensor.count else {
                throw .mismatch(calls: ["receive of \(tensor.count) floats", "send of \(floats.count) floats"])
            }
            tensor.assign(Tensor(floats))
            return true
        }
    }

    func nodeMap(limit: Int?) -> NodeMap {
        NodeMap(leaders: (0..<size).map { $0 / (limit ?? size) * (limit ?? size) }, rank: rank)
    }

    func share(count: Int, limit: Int?) throws(ClusterError) -> FloatBuffer? {
        let leader = nodeMap(limit: limit).neighbours[0]
        if rank == leader { try rendezvous.deposit(FloatBuffer(count: count), of: leader) }
        // The call names no count, because nodes of different sizes ask for different counts.
        let calls = "share among \(limit ?? size)"
        _ = try meet(.share, count, .init(calls))
        let memory = try rendezvous.deposit(of: leader)
        // No rank may replace the memory before all ranks have it.
        _ = try meet(.share, count, .init(calls))
        return memory
    }

    func checkRanks(waitingIn call: String) throws(ClusterError) { try rendezvous.check(rank, waitingIn: call) }

    func abort() -> Never { preconditionFailure("rank \(rank) aborted the cluster of threads") }
    func end(status: Int32) -> Never {
        preconditionFailure("rank \(rank) ended the cluster of threads with status \(status)")
    }
}

private final class Delivery: Transfer {
    /// Completes the transfer if it can, or waits until it can.
    private let complete: (_ waits: Bool) throws(ClusterError) -> Bool
    private let activity: Activity
    private let peer: Int
    private var isCompleted = false

    init(_ activity: Activity, peer: Int, _ complete: @escaping (_ waits: Bool) throws(ClusterError) -> Bool) {
        self.activity = activity
        self.peer = peer
        self.complete = complete
    }

    func isDone() throws(ClusterError) -> Bool {
        if !isCompleted { isCompleted = try complete(false) }
        return isCompleted
    }

    func wait() throws(ClusterError) {
        guard !isCompleted else { return }
        activity.begin(.receive, peer)
        defer { activity.end() }
        isCompleted = try complete(true)
    }
}
