import LockstepCompute

/// The ranks of a job and what they can do together: the interface between training and MPI.
///
/// A single process, the threads of a test, and MPI conform to it and pass the same checks. The methods marked
/// "Collective" must be called by all ranks, in the same order, with the same counts. Sums are bitwise equal on all
/// ranks.
package protocol Communicator: AnyObject, Sendable {
    /// This process's number, from 0.
    var rank: Int { get }
    /// How many ranks there are.
    var size: Int { get }
    /// The name of the machine this rank runs on.
    var host: String { get }
    /// What carries the messages, with its version, `"Open MPI 4.1.4"`; nil for a single process.
    var library: String? { get }

    /// What this rank is doing. Reports use it to say which rank waits for which.
    var activity: Activity { get }

    /// Collective: returns when every rank has called it.
    func barrier() throws(ClusterError)
    /// Collective: overwrites the tensor on all ranks with the root's.
    func broadcast(_ tensor: Tensor, from root: Int) throws(ClusterError)
    /// Collective: overwrites the bytes on all ranks with the root's. All ranks pass the same number of bytes.
    func broadcast(_ bytes: inout [UInt8], from root: Int) throws(ClusterError)
    /// Collective: overwrites the tensor on all ranks with the sum over the ranks.
    func allReduceSum(_ tensor: Tensor) throws(ClusterError)
    /// Collective: overwrites the values on all ranks with the sum over the ranks.
    func allReduceSum(_ values: inout [Double]) throws(ClusterError)
    /// Collective: gathers the rows of all ranks, in the order of the ranks, in a tensor that holds them all.
    ///
    /// - Parameter counts: the number of elements of each rank.
    func allGather(_ part: Tensor, counts: [Int], into whole: Tensor) throws(ClusterError)
    /// Collective: gathers the bytes of all ranks, in the order of the ranks.
    ///
    /// - Parameter counts: the number of bytes of each rank.
    func allGather(_ part: [UInt8], counts: [Int]) throws(ClusterError) -> [UInt8]

    /// Begins to send a tensor. Do not change it until the transfer is done. Messages between two ranks with the same
    /// tag keep their order.
    func send(_ tensor: Tensor, to rank: Int, tag: Int) throws(ClusterError) -> any Transfer
    /// Begins to receive a tensor. It must have as many elements as the tensor that was sent with the tag.
    func receive(into tensor: Tensor, from rank: Int, tag: Int) throws(ClusterError) -> any Transfer

    /// Collective: how the ranks are grouped into nodes. The ranks of a node share memory.
    ///
    /// - Parameter limit: the most ranks of a node; nil sets no limit. If more ranks than that share memory, they form
    ///   several nodes.
    func nodeMap(limit: Int?) throws(ClusterError) -> NodeMap
    /// Collective: memory that the ranks of each node share, filled with zeros. Nil on all ranks if a node has no room
    /// for it. The ranks of one node ask for the same count.
    ///
    /// - Parameter limit: the same as for `nodeMap`.
    func share(count: Int, limit: Int?) throws(ClusterError) -> FloatBuffer?
    /// Throws if this rank waits in shared memory for a rank that can never come.
    func checkRanks(waitingIn call: String) throws(ClusterError)

    /// Ends the job on all ranks with a non-zero status; does not return.
    func abort() -> Never
    /// Collective: ends this process with a status, when all ranks have reached this call; does not return.
    func end(status: Int32) -> Never
}

/// A message on its way.
package protocol Transfer: AnyObject {
    /// Whether the tensor is sent or received, so that it may be used.
    func isDone() throws(ClusterError) -> Bool
    /// Returns when the tensor may be used.
    func wait() throws(ClusterError)
}

extension Communicator {
    /// Collective: returns the root's bytes on all ranks. What the other ranks pass is ignored, and so is its length.
    package func share(_ bytes: [UInt8], from root: Int) throws(ClusterError) -> [UInt8] {
        var writer = WireWriter()
        writer.write(bytes.count)
        var length = writer.bytes
        try broadcast(&length, from: root)
        var reader = WireReader(length)
        var content = rank == root ? bytes : [UInt8](repeating: 0, count: try reader.readInt())
        try broadcast(&content, from: root)
        return content
    }

    /// Collective: returns every rank's bytes on all ranks, in the order of the ranks.
    package func shareAll(_ bytes: [UInt8]) throws(ClusterError) -> [[UInt8]] {
        var lengths = [Double](repeating: 0, count: size)
        lengths[rank] = Double(bytes.count)
        try allReduceSum(&lengths)
        let counts = lengths.map { Int($0) }
        var rest = try allGather(bytes, counts: counts)[...]
        return counts.map { count in
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }
    }
}
