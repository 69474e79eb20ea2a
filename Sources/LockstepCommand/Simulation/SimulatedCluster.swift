import Lockstep

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A simulated cluster: ranks on nodes, and the network between them.
package struct SimulatedCluster: Sendable {
    package let ranks: Int
    package let ranksPerNode: Int
    package let link: LinkModel
    /// The largest message that is sent without a request, in bytes. A longer message waits for a request and its
    /// answer, one round trip.
    package let eagerBytes: Int
    /// The bytes a second that all ranks of a node together move from and to its memory.
    package let memoryBandwidth: Double
    /// The seconds between two checks for messages while a rank computes. The interval doubles after each check, until
    /// something has come.
    package let naps: ClosedRange<Double>
    /// The differences between the ranks' computing times: the standard deviation of the logarithm.
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

    /// The number of ranks of each node: all equal, except that the last node has the rest.
    var nodeSizes: [Int] {
        stride(from: 0, to: ranks, by: ranksPerNode).map { min(ranksPerNode, ranks - $0) }
    }

    /// The seconds in which a rank moves this many bytes while its neighbours do the same.
    func seconds(moving bytes: Double) -> Double { bytes * Double(min(ranks, ranksPerNode)) / memoryBandwidth }

    /// The time of a progress thread's next check, if it last had work at time `last`.
    func look(after time: Double, since last: Double) -> Double {
        var (nap, look) = (naps.lowerBound, last + naps.lowerBound)
        while look < time, nap < naps.upperBound {
            nap = min(2 * nap, naps.upperBound)
            look += nap
        }
        return look >= time ? look : look + ((time - look) / nap).rounded(.up) * nap
    }

    /// For each rank, the factor on its computing time in a step.
    func slowness(seed: UInt64, step: Int) -> [Double] {
        guard jitter > 0 else { return Array(repeating: 1, count: ranks) }
        let factors = Tensor.zeros([ranks])
        RandomStream(seed: seed, purpose: .jitter, step: step).fillNormal(
            factors, mean: 0, standardDeviation: Float(jitter))
        return (0..<ranks).map { exp(Double(factors[$0])) }
    }
}
