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

    private func meet(_ contribution: Rendezvous.Contribution) throws(ClusterError) -> [Rendezvous.Contribution] {
        try rendezvous.meet(rank, contribution)
    }

    func barrier() throws(ClusterError) { _ = try meet(.init("barrier")) }

    func broadcast(_ tensor: Tensor, from root: Int) throws(ClusterError) {
        let call = "broadcast of \(tensor.count) floats from rank \(root)"
        let all = try meet(.init(call, floats: rank == root ? tensor.elements : []))
        if rank != root { tensor.assign(Tensor(all[root].floats)) }
    }

    func broadcast(_ bytes: inout [UInt8], from root: Int) throws(ClusterError) {
        let call = "broadcast of \(bytes.count) bytes from rank \(root)"
        bytes = try meet(.init(call, bytes: rank == root ? bytes : []))[root].bytes
    }

    func allReduceSum(_ tensor: Tensor) throws(ClusterError) {
        let all = try meet(.init("allReduceSum of \(tensor.count) floats", floats: tensor.elements))
        for position in 0..<tensor.count { tensor[position] = all.dropFirst().reduce(all[0].floats[position]) { $0 + $1.floats[position] } }
    }

    func allReduceSum(_ values: inout [Double]) throws(ClusterError) {
        let all = try meet(.init("allReduceSum of \(values.count) doubles", doubles: values))
        for position in values.indices { values[position] = all.dropFirst().reduce(all[0].doubles[position]) { $0 + $1.doubles[position] } }
    }

    func allGather(_ part: Tensor, counts: [Int], into whole: Tensor) throws(ClusterError) {
        let all = try meet(.init("allGather of \(counts) floats", floats: part.elements))
        let received = all.map(\.floats.count)
        guard received == counts else { throw .mismatch(calls: received.map { "allGather of \($0) floats" }) }
        whole.assign(Tensor(all.flatMap(\.floats)))
    }

    func allGather(_ part: [UInt8], counts: [Int]) throws(ClusterError) -> [UInt8] {
        let all = try meet(.init("allGather of \(counts) bytes", bytes: part))
        let received = all.map(\.bytes.count)
        guard received == counts else { throw .mismatch(calls: received.map { "allGather of \($0) bytes" }) }
        return all.flatMap(\.bytes)
    }

    func send(_ tensor: Tensor, to rank: Int) throws(ClusterError) -> any Transfer {
        try rendezvous.post(tensor.elements, from: self.rank, to: rank)
        return Delivery {}
    }

    func receive(into tensor: Tensor, from rank: Int) throws(ClusterError) -> any Transfer {
        Delivery { [rendezvous, self] () throws(ClusterError) in
            let floats = try rendezvous.collect(from: rank, to: self.rank)
            guard floats.count == tensor.count else {
                throw .mismatch(calls: ["receive of \(tensor.count) floats", "send of \(floats.count) floats"])
            }
            tensor.assign(Tensor(floats))
        }
    }

    func abort() -> Never { preconditionFailure("rank \(rank) aborted the cluster of threads") }
}

private final class Delivery: Transfer {
    private let complete: () throws(ClusterError) -> Void

    init(_ complete: @escaping () throws(ClusterError) -> Void) { self.complete = complete }

    func wait() throws(ClusterError) { try complete() }
}
