import LockstepCompute

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The only rank of a job without MPI. Every operation is the identity and costs nothing.
package final class SingleProcess: Communicator {
    package let rank = 0
    package let size = 1
    package let library: String? = nil
    package let activity = Activity()

    package init() {}

    package var host: String { hostName() }

    package func barrier() {}
    package func broadcast(_ tensor: Tensor, from root: Int) { checkRoot(root) }
    package func broadcast(_ bytes: inout [UInt8], from root: Int) { checkRoot(root) }
    package func allReduceSum(_ tensor: Tensor) {}
    package func allReduceSum(_ values: inout [Double]) {}

    package func allGather(_ part: Tensor, counts: [Int], into whole: Tensor) {
        precondition(counts == [part.count], "counts of one rank, received: \(counts)")
        whole.assign(part)
    }

    package func allGather(_ part: [UInt8], counts: [Int]) -> [UInt8] {
        precondition(counts == [part.count], "counts of one rank, received: \(counts)")
        return part
    }

    package func send(_ tensor: Tensor, to rank: Int, tag: Int) -> any Transfer {
        preconditionFailure("there is no rank \(rank) to send to")
    }
    package func receive(into tensor: Tensor, from rank: Int, tag: Int) -> any Transfer {
        preconditionFailure("there is no rank \(rank) to receive from")
    }

    package func nodeMap(limit: Int?) -> NodeMap { NodeMap(leaders: [0], rank: 0) }
    package func share(count: Int, limit: Int?) -> FloatBuffer? { FloatBuffer(count: count) }
    package func checkRanks(waitingIn call: String) {}

    package func abort() -> Never { exit(1) }
    package func end(status: Int32) -> Never { exit(status) }

    private func checkRoot(_ root: Int) { precondition(root == 0, "there is no rank \(root)") }
}

/// The name of this machine.
package func hostName() -> String {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "unknown" }
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
