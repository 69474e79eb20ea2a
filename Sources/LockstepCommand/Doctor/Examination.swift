import Lockstep

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The findings of `lockstep doctor`: the page to read and the object of `--json`.
struct Examination: Encodable {
    struct Host: Encodable {
        let name: String
        let cores: Int
        let quota: Double?
        let ranks, threads: Int
        let placement, fit: String
        let instructionSets: [String]
        let memoryBytes: Int
        let freeSharedMemoryBytes: Int?
        /// The number of threads that wanted a core in the last minute.
        let load: Double
        /// The speed of the fastest core that a rank measured.
        let gflops: Double
        let copyOneRankGbPerS, copyAllRanksGbPerS: Double
    }

    struct Rank: Encodable {
        let rank: Int
        let host, processors: String
        let threads: Int
        let gflops: Double
    }

    struct Path: Encodable {
        let from, to: Int
        let hosts: [String]
        /// The transport of the messages; nil if unknown.
        let transport: String?
        let latencyUs, gbPerS: Double
    }

    let summary: String
    let library: String?
    let transports: Transports?
    let instructionSet: String
    let hosts: [Host]
    let ranks: [Rank]
    let links: [Path]
    let findings: [Finding]

    /// Collective: examines and measures.
    init(_ communicator: any Communicator) throws {
        let (set, threads) = (try Job.instructionSet(), try Job.threads())
        let facts = try Self.shareAll(RankFacts(communicator, threads: threads), communicator)
        var names: [String] = []
        for fact in facts where !names.contains(fact.host) { names.append(fact.host) }
        let members = names.map { name in facts.filter { $0.host == name } }
        let measurement = Measurement(communicator, hosts: members.map { $0.map(\.rank) })
        let speeds = try Self.shareAll(try measurement.run(threads: threads, instructionSet: set), communicator)

        summary = try Job.summary()
        let library = communicator.library
        // Only rank 0 prints, so only rank 0 asks the library; its first answer takes a while.
        let asks = library != nil && communicator.rank == 0
        let transports = asks ? Transports.current() : nil
        (self.library, self.transports) = (library, transports)
        instructionSet = set.rawValue
        links = speeds.flatMap(\.links).map { link in
            let ends = [facts[link.from].host, facts[link.to].host]
            return Path(
                from: link.from, to: link.to, hosts: ends, transport: transports?.path(withinHost: ends[0] == ends[1]),
                latencyUs: link.latencyUs, gbPerS: link.gbPerS)
        }
        ranks = zip(facts, speeds).map { fact, speed in
            Rank(
                rank: fact.rank, host: fact.host, processors: fact.processors.processors.ranges, threads: fact.threads,
                gflops: speed.gflops
            )
        }
        let surveyed = members.map { Self.survey($0, speeds) }
        hosts = zip(surveyed, members).map { Host($0, $1, speeds) }
        findings =
            Survey(
                hosts: surveyed,
                roads: links.filter { $0.hosts[0] != $0.hosts[1] }.map {
                    .init(from: $0.hosts[0], to: $0.hosts[1], gbPerS: $0.gbPerS)
                },
                instructionSet: set, threadsAreForced: facts.contains(where: \.threadsAreForced),
                instructionSetIsForced: facts.contains(where: \.instructionSetIsForced), library: library,
                transports: transports,
                yields: asks ? Transports.yields() : nil
            ).findings
    }

    /// The survey of a host, from the facts of its ranks.
    private static func survey(_ ranks: [RankFacts], _ speeds: [RankSpeeds]) -> Survey.Host {
        let usable = ranks.dropFirst().reduce(ranks[0].usable.processors) { $0.union($1.usable.processors) }
        return Survey.Host(
            name: ranks[0].host,
            placement: Placement(
                usable: usable,
                ranks: ranks.map { Placement.Rank(processors: $0.processors.processors, threads: $0.threads) }),
            instructionSet: ranks[0].instructionSets.compactMap { InstructionSet(rawValue: $0) }.last ?? .portable,
            gflops: ranks.map { speeds[$0.rank].gflops }.max() ?? 0,
            freeSharedMemory: ranks.compactMap(\.freeSharedMemory).min())
    }

    /// Collective: every rank's value, on all ranks.
    private static func shareAll<Value: Codable>(_ value: Value, _ communicator: any Communicator) throws -> [Value] {
        try communicator.shareAll(Array(try JSONEncoder().encode(value))).map {
            try JSONDecoder().decode(Value.self, from: Data($0))
        }
    }
}

extension Examination.Host {
    fileprivate init(_ host: Survey.Host, _ ranks: [RankFacts], _ speeds: [RankSpeeds]) {
        let placement = host.placement
        self.init(
            name: host.name, cores: placement.cores, quota: placement.usable.quota, ranks: ranks.count,
            threads: placement.threads,
            placement: placement.summary, fit: placement.fit.word, instructionSets: ranks[0].instructionSets,
            memoryBytes: ranks[0].memory, freeSharedMemoryBytes: host.freeSharedMemory, load: ranks[0].load,
            gflops: host.gflops,
            copyOneRankGbPerS: speeds[ranks[0].rank].copyAlone ?? 0,
            copyAllRanksGbPerS: ranks.reduce(0) { $0 + speeds[$1.rank].copyTogether })
    }
}
