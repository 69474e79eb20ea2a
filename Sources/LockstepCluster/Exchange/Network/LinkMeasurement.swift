import LockstepCompute

extension LinkModel {
    /// Collective: measures the link between nodes. Neighbouring nodes form pairs, whose first ranks measure. The
    /// result is the mean over the ranks that measured, the same on all ranks.
    static func measured(_ map: NodeMap, _ communicator: any Communicator) throws(ClusterError) -> LinkModel {
        let partner = map.node % 2 == 0 ? map.node + 1 : map.node - 1
        // Latency, overhead, bandwidth, and the number of ranks that measured.
        var sums = [0.0, 0, 0, 0]
        if map.place == 0, partner < map.members.count {
            let peer = Peer(rank: map.members[partner][0], isFirst: map.node < partner, communicator)
            sums = [try peer.latency(), try peer.overhead(), try peer.bandwidth(), 1]
        }
        try communicator.allReduceSum(&sums)
        return LinkModel(latency: sums[0] / sums[3], overhead: sums[1] / sums[3], bandwidth: sums[2] / sums[3])
    }

    private struct Peer {
        let rank: Int
        let isFirst: Bool
        let communicator: any Communicator
        private let small = Tensor.zeros([16])
        private let large = [Tensor.zeros([128 * 1024]), Tensor.zeros([128 * 1024])]

        init(rank: Int, isFirst: Bool, _ communicator: any Communicator) {
            self.rank = rank
            self.isFirst = isFirst
            self.communicator = communicator
        }

        private func send(_ tensor: Tensor) throws(ClusterError) {
            try communicator.send(tensor, to: rank, tag: 0).wait()
        }
        private func receive(_ tensor: Tensor) throws(ClusterError) {
            try communicator.receive(into: tensor, from: rank, tag: 0).wait()
        }

        private func median(_ count: Int, _ measure: () throws(ClusterError) -> Double) throws(ClusterError) -> Double {
            var all: [Double] = []
            for _ in 0..<count { all.append(try measure()) }
            return all.sorted()[count / 2]
        }

        /// Half the time of a round trip.
        func latency() throws(ClusterError) -> Double {
            try median(21) { () throws(ClusterError) in
                let start = monotonicSeconds()
                if isFirst {
                    try send(small)
                    try receive(small)
                } else {
                    try receive(small)
                    try send(small)
                }
                return (monotonicSeconds() - start) / 2
            }
        }

        /// The time of one message in a burst.
        func overhead() throws(ClusterError) -> Double {
            let burst = 16
            return try median(11) { () throws(ClusterError) in
                let start = monotonicSeconds()
                for _ in 0..<burst { isFirst ? try send(small) : try receive(small) }
                if isFirst { try receive(small) } else { try send(small) }
                return (monotonicSeconds() - start) / Double(burst + 1)
            }
        }

        /// The bandwidth of messages in both directions at once.
        func bandwidth() throws(ClusterError) -> Double {
            let seconds = try median(5) { () throws(ClusterError) in
                let start = monotonicSeconds()
                let transfers = [
                    try communicator.receive(into: large[1], from: rank, tag: 0),
                    try communicator.send(large[0], to: rank, tag: 0),
                ]
                for transfer in transfers { try transfer.wait() }
                return monotonicSeconds() - start
            }
            return Double(large[0].count * MemoryLayout<Float>.stride) / seconds
        }
    }
}
