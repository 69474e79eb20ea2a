import LockstepCompute

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The only rank of a job without MPI. Every operation is the identity and costs nothing.
public final class SingleProcess: Communicator {
    public let rank = 0
    public let size = 1
    public let library: String? = nil
    public let activity = Activity()

    public init() {}

    public var host: String { hostName() }

    public func barrier() {}
    public func broadcast(_ tensor: Tensor, from root: Int) { checkRoot(root) }
    public func broadcast(_ bytes: inout [UInt8], from root: Int) { checkRoot(root) }
    public func allReduceSum(_ tensor: Tensor) {}
    public func allReduceSum(_ values: inout [Double]) {}

    public func allGather(_ part: Tensor, counts: [Int], into whole: Tensor) {
        precondition(counts == [part.count], "counts of one rank, received: \(counts)")
        whole.assign(part)
    }

    public func allGather(_ part: [UInt8], counts: [Int]) -> [UInt8] {
        precondition(counts == [part.count], "counts of one rank, received: \(counts)")
        return part
    }

    public func send(_ tensor: Tensor, to rank: Int, tag: Int) -> any Transfer {
        preconditionFailure("there is no rank \(rank) to send to")
    }
    public func receive(into tensor: Tensor, from rank: Int, tag: Int) -> any Transfer {
        preconditionFailure("there is no rank \(rank) to receive from")
    }

    public func nodeMap(limit: Int?) -> NodeMap { NodeMap(leaders: [0], rank: 0) }
    public func share(count: Int, limit: Int?) -> FloatBuffer? { FloatBuffer(count: count) }
    public func checkRanks(waitingIn call: String) {}

    public func abort() -> Never { exit(1) }
    public func end(status: Int32) -> Never { exit(status) }

    private func checkRoot(_ root: Int) { precondition(root == 0, "there is no rank \(root)") }
}

/// The name of this machine.
package func hostName() -> String {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "unknown" }
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
