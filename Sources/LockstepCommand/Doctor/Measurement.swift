import Lockstep

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The measurements of all ranks together, about a second in all.
struct Measurement {
    private let communicator: any Communicator
    /// The ranks of each host, in the order of the ranks.
    private let hosts: [[Int]]

    init(_ communicator: any Communicator, hosts: [[Int]]) {
        self.communicator = communicator
        self.hosts = hosts
    }

    private var own: [Int] { hosts.first { $0.contains(communicator.rank) } ?? [] }

    /// Collective: measures, and returns this rank's part.
    func run(threads: Int, instructionSet: InstructionSet) throws -> RankSpeeds {
        let crew = try Crew(threads: threads, instructionSet: instructionSet)
        // At most a small part of the memory, whatever the number of ranks.
        let bytes = min(64 << 20, physicalMemory() / (16 * own.count))
        try communicator.barrier()
        var speeds = RankSpeeds(
            gflops: multiplyAddPeak(crew), copyTogether: copyBandwidth(on: crew, bytes: bytes).sustained)
        let isAlone = own.count == 1
        speeds.copyAlone = try taking(turns: [own[0]], seconds: isAlone ? 0 : 0.15) {
            isAlone ? speeds.copyTogether : copyBandwidth(on: crew, bytes: bytes).sustained
        }
        speeds.links = try links()
        return speeds
    }

    /// Measures rank 0 with a neighbour on its host, then the first rank of each host with that of the next host. A
    /// rank measures one link at a time, so every other pair of hosts measures at once.
    private func links() throws -> [Link] {
        let firsts = hosts.map { $0[0] }
        let between = Array(zip(firsts, firsts.dropFirst()))
        let within = hosts[0].count > 1 ? [(hosts[0][0], hosts[0][1])] : []
        let phases =
            [within] + (0..<2).map { parity in between.indices.filter { $0 % 2 == parity }.map { between[$0] } }
        var links: [Link] = []
        for pairs in phases where !pairs.isEmpty {
            let pair = pairs.first { $0.0 == communicator.rank || $0.1 == communicator.rank }
            let link = try taking(turns: pairs.flatMap { [$0.0, $0.1] }, seconds: 0.3) { () -> Link? in
                guard let pair else { return nil }
                let partner = pair.0 == communicator.rank ? pair.1 : pair.0
                let speed = try PingPong(communicator, with: partner).measure(seconds: 0.3)
                return Link(from: pair.0, to: pair.1, latencyUs: speed.latencyUs, gbPerS: speed.gbPerS)
            }
            if let link = link ?? nil, link.from == communicator.rank { links.append(link) }
        }
        return links
    }

    /// Collective: runs the body on some ranks. The other ranks sleep for about as long. In a barrier they would poll
    /// and take time from the measuring ranks.
    private func taking<Value>(turns ranks: [Int], seconds: Double, _ body: () throws -> Value) throws -> Value? {
        try communicator.barrier()
        var value: Value?
        if ranks.contains(communicator.rank) { value = try body() } else { usleep(UInt32(seconds * 1e6)) }
        try communicator.barrier()
        return value
    }
}
