import Foundation
import TestSupport
import Testing

/// What users see of the exchange of gradients: benchmark, timeline, budget.
@Suite(.serialized) struct ExchangeTests {
    /// Oracle: the program itself checks every way's sums; a fit has a positive bandwidth wherever times grow with
    /// sizes.
    @Test("bench exchange compares ways to exchange", arguments: [nil, 1, 2, 3])
    func bench(ranks: Int?) throws {
        struct Result: Decodable {
            let strategy: String
            let ranks: Int
            let bytes: [Int]
            let us: [Double]
        }
        let folder = try Programs.temporaryFolder()
        for (options, strategies) in [
            ([], ["all-reduce", "shared"]),
            (
                ["--ranks-per-node", "1", "--wire", "float16", "--bucket", "8K"],
                ["all-reduce", ranks ?? 1 > 1 ? "hierarchical" : "shared"]
            ),
        ] {
            // Ranks of several threads share a sum's pieces out among them.
            let outcome = try Programs.run(
                "lockstep",
                [
                    "bench", "exchange", "--sizes", "4,4K-256K", "--repeats", "3", "--json", "--plot",
                    folder + "/plot.png",
                ] + options,
                ranks: ranks, environment: ["LOCKSTEP_THREADS": options.isEmpty ? "3" : "1"])
            let decoder = JSONDecoder()
            let results = try outcome.output.split(separator: "\n").map {
                try decoder.decode(Result.self, from: Data($0.utf8))
            }
            #expect(results.map(\.strategy) == strategies, "\(outcome.output)\(outcome.errors)")
            for result in results {
                #expect(result.ranks == ranks ?? 1 && result.bytes == [4, 4096, 16384, 65536, 262144])
                #expect(result.us.count == 5 && result.us.allSatisfy { $0 > 0 })
            }
            #expect(try Data(contentsOf: URL(filePath: folder + "/plot.png")).count > 2000)
        }
    }

    /// Oracle: what a trace must be: one row a rank, every layer of every step in it, spans of a row one in another or
    /// one after another.
    @Test("a timeline has one row a rank, and every layer of every step", arguments: [nil, 2, 3])
    func timeline(ranks: Int?) throws {
        struct Trace: Decodable {
            struct Event: Decodable {
                let name, ph: String
                let ts: Double
                let dur: Double?
                let tid: Int
                let cat: String?
                let args: [String: String]?
            }
            let traceEvents: [Event]
        }
        let file = try Programs.temporaryFolder() + "/trace.json"
        let outcome = try Programs.run(
            "digits", ["--epochs", "2", "--output", try Programs.temporaryFolder()], ranks: ranks,
            environment: ["LOCKSTEP_TIMELINE": file])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let events = try JSONDecoder().decode(Trace.self, from: Data(contentsOf: URL(filePath: file))).traceEvents
        // 26 steps an epoch; validation computes forward alone, 3 batches an epoch.
        let (steps, validations) = (26 * 2, 3 * 2)
        for rank in 0..<(ranks ?? 1) {
            let row = events.filter { $0.tid == rank }
            #expect(
                row.filter { $0.ph == "M" }.compactMap(\.args?["name"]).first?.hasPrefix("rank \(rank) on ") == true)
            for name in ["forward dense", "backward dense_1", "forward dense_2", "loss", "input"] {
                let count = steps + (name.hasPrefix("forward") ? validations : 0)
                #expect(row.filter { $0.name == name }.count == count, "\(name) on rank \(rank)")
            }
            let spans = row.filter { $0.ph == "X" }
            let inSteps = spans.filter { $0.cat == "step" }.sorted { $0.ts < $1.ts }
            #expect(inSteps.map(\.name) == (1...steps).map { "step \($0)" })
            let outside = spans.filter { span in
                !inSteps.contains { $0.ts <= span.ts + 0.01 && span.ts + span.dur! <= $0.ts + $0.dur! + 0.01 }
            }
            // Of the three dense layers: dropout does nothing there.
            #expect(
                outside.allSatisfy { $0.cat == "forward" } && outside.count == 3 * validations, "\(outside.map(\.name))"
            )
        }
        #expect(Set(events.map(\.tid)) == Set(0..<(ranks ?? 1)))
    }

    @Test("a timeline that cannot be written is one error")
    func unwritable() throws {
        let outcome = try Programs.run(
            "digits", ["--epochs", "1", "--output", try Programs.temporaryFolder()], ranks: 2,
            environment: ["LOCKSTEP_TIMELINE": "/no/such/folder/trace.json"])
        #expect(outcome.status != 0)
        #expect(
            outcome.errors.components(separatedBy: "/no/such/folder/trace.json: cannot be written").count == 2,
            "\(outcome.errors)")
    }

    /// Oracle: the parts are percentages of the whole.
    @Test("verbose 2 tells what a step's time went to", arguments: [nil, 2, 4])
    func budget(ranks: Int?) throws {
        let outcome = try Programs.run(
            "digits", ["--epochs", "3", "--verbose", "2", "--output", try Programs.temporaryFolder()], ranks: ranks)
        let count = ranks ?? 1
        let lines = outcome.output.split(separator: "\n").drop { !$0.hasPrefix("Budget of a step: ") }
        #expect(
            lines.first?.hasSuffix(" ms on \(count) rank\(count == 1 ? "" : "s")") == true,
            "\(outcome.output)\(outcome.errors)")
        let shares = lines.filter { $0.hasPrefix("  ") && !$0.hasPrefix("     ") }.compactMap { line in
            line.split(separator: " ").compactMap { Double($0) }.dropFirst().first
        }
        #expect(shares.count == (count == 1 ? 4 : 6) && (98...102).contains(shares.reduce(0, +)), "\(lines)")
        #expect(lines.contains { $0.hasPrefix("Slowest: rank ") } == (count > 1))
        #expect(lines.contains { $0.hasPrefix("With \(2 * count) ranks on cores of their own: about ") })
    }
}
