import Lockstep

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Ranks on nodes that a network joins, as a simulation knows them.
package struct SimulatedCluster: Sendable {
    package let ranks: Int
    package let ranksPerNode: Int
    package let link: LinkModel
    /// Bytes of a message that is sent unasked; of longer ones the receiver is asked first, which takes there and back
    /// before they leave.
    package let eagerBytes: Int
    /// Bytes a second that the ranks of a node move between them from and to its memory.
    package let memoryBandwidth: Double
    /// Seconds between two looks after messages while a rank computes: each twice the one before, until something has
    /// come.
    package let naps: ClosedRange<Double>
    /// How much the times differ that ranks take to compute the same: the standard deviation of their logarithm.
    package let jitter: Double

    package init(
        ranks: Int, ranksPerNode: Int = 1, link: LinkModel, eagerBytes: Int = .max, memoryBandwidth: Double = .infinity,
        naps: ClosedRange<Double>? = nil, jitter: Double = 0
    ) {
        precondition(ranks > 0 && ranksPerNode > 0, "\(ranks) ranks, \(ranksPerNode) a node")
        self.ranks = ranks
        self.ranksPerNode = ranksPerNode
        self.link = link
        self.eagerBytes = eagerBytes
        self.memoryBandwidth = memoryBandwidth
        self.naps = naps ?? link.naps
        self.jitter = jitter
    }

    /// How many ranks each node has: all as many, the last what is left.
    var nodeSizes: [Int] {
        stride(from: 0, to: ranks, by: ranksPerNode).map { min(ranksPerNode, ranks - $0) }
    }

    /// Seconds for a rank to move so many bytes, while its neighbours do likewise.
    func seconds(moving bytes: Double) -> Double { bytes * Double(min(ranks, ranksPerNode)) / memoryBandwidth }

    /// When a progress thread next looks, that last had something to do at a time.
    func look(after time: Double, since last: Double) -> Double {
        var (nap, look) = (naps.lowerBound, last + naps.lowerBound)
        while look < time, nap < naps.upperBound {
            nap = min(2 * nap, naps.upperBound)
            look += nap
        }
        return look >= time ? look : look + ((time - look) / nap).rounded(.up) * nap
    }

    /// For each rank, how many times as long it computes in a step.
    func slowness(seed: UInt64, step: Int) -> [Double] {
        guard jitter > 0 else { return Array(repeating: 1, count: ranks) }
        let factors = Tensor.zeros([ranks])
        RandomStream(seed: seed, purpose: .jitter, step: step).fillNormal(
            factors, mean: 0, standardDeviation: Float(jitter))
        return (0..<ranks).map { exp(Double(factors[$0])) }
    }
}
