import Foundation
import Lockstep
import LockstepCommand
import TestSupport
import Testing

/// Doctor alone and under mpirun. Oracle: this process's own processors, and what the environment and mpirun were told.
@Suite(.serialized) struct DoctorTests {
    private struct Report: Decodable {
        struct Host: Decodable {
            let cores, ranks, threads: Int, fit: String, copyOneRankGbPerS, copyAllRanksGbPerS: Double
        }
        struct Rank: Decodable { let rank, threads: Int, processors: String, gflops: Double }
        struct Link: Decodable { let from, to: Int, transport: String?, latencyUs, gbPerS: Double }
        struct Finding: Decodable { let problem: String, remedy: [String] }
        let library: String?
        let hosts: [Host]
        let ranks: [Rank]
        let links: [Link]
        let findings: [Finding]
    }

    private let cores = Placement(usable: .usable(), ranks: []).cores

    private func report(ranks: Int? = nil, environment: [String: String] = [:]) throws -> Report {
        let outcome = try Programs.run("lockstep", ["doctor", "--json"], ranks: ranks, environment: environment)
        #expect(
            outcome.status == 0 && outcome.output.split(separator: "\n").count == 1,
            "\(outcome.output)\(outcome.errors)")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Report.self, from: Data(outcome.output.utf8))
    }

    @Test("the page tells what computes, with the instruction set and the threads that the environment asks for")
    func page() throws {
        let alone = try Programs.run(
            "lockstep", ["doctor"], environment: ["LOCKSTEP_INSTRUCTION_SET": "portable", "LOCKSTEP_THREADS": "3"])
        #expect(alone.output.hasPrefix("Using Lockstep: portable, 1 rank × 3 threads, no MPI, "), "\(alone.output)")
        let ranks = try Programs.run("lockstep", ["doctor"], ranks: 2).output
        for part in [
            ", 2 ranks × ", "\nMPI              Open MPI ", "\nwithin a host    shared memory\n", "\nhost ", "\nrank ",
            "\n0 – 1  ",
        ] {
            #expect(ranks.contains(part), "no '\(part)' in: \(ranks)")
        }
        #expect(ranks.components(separatedBy: "Using Lockstep").count == 2, "printed once for all ranks")
        #expect(!ranks.split(separator: "\n").contains { $0.count > 140 }, "\(ranks)")
    }

    @Test("alone a program has all cores and nothing to improve")
    func alone() throws {
        let report = try report()
        #expect(report.library == nil && report.links.isEmpty && report.ranks.count == 1)
        #expect(
            report.hosts.map(\.cores) == [cores] && report.hosts[0].copyOneRankGbPerS > 0.1
                && report.ranks[0].gflops > 0.1)
        if Processors.allowed() == .usable() {
            #expect(report.findings.isEmpty && report.ranks[0].threads == cores, "\(report)")
        }
    }

    @Test("two ranks measure the messages between them")
    func two() throws {
        let report = try report(ranks: 2, environment: ["LOCKSTEP_THREADS": "1"])
        #expect(report.library?.hasPrefix("Open MPI ") == true && report.ranks.map(\.rank) == [0, 1])
        #expect(
            report.hosts.map(\.ranks) == [2] && report.hosts[0].threads == 2 && report.hosts[0].copyAllRanksGbPerS > 0.1
        )
        let link = try #require(report.links.first)
        #expect(report.links.count == 1 && link.from == 0 && link.to == 1 && link.transport == "shared memory")
        #expect(link.latencyUs > 0.01 && link.latencyUs < 1e6 && link.gbPerS > 1e-3)
    }

    @Test("more ranks than cores are told, with as many as there are")
    func oversubscribed() throws {
        let ranks = 2 * cores
        guard ranks <= 16 else { return }  // so many ranks on a large machine would be a test of its patience
        let report = try report(ranks: ranks)
        let finding = try #require(report.findings.first)
        #expect(
            report.hosts[0].fit == "oversubscribed"
                && finding.problem.contains("\(ranks) ranks × 1 thread want \(ranks) cores"))
        #expect(
            finding.remedy.first
                == (cores == 1 ? "launch/run --threads 1 PROGRAM" : "launch/run -n \(cores) --threads 1 PROGRAM"))
    }

    @Test("threads that the environment forces too high are told, alone and on ranks", arguments: [nil, 2])
    func forced(ranks: Int?) throws {
        let report = try report(ranks: ranks, environment: ["LOCKSTEP_THREADS": "\(cores + 1)"])
        let finding = try #require(report.findings.first)
        #expect(finding.problem.contains("oversubscribed: \(ranks ?? 1) rank"), "\(finding)")
        if cores % 2 == 0 {
            let threads = cores / (ranks ?? 1)
            #expect(finding.remedy.first?.hasSuffix("--threads \(threads) PROGRAM") == true, "\(finding)")
            #expect(finding.remedy.last?.contains("LOCKSTEP_THREADS=\(threads) ") == true, "\(finding)")
        }
    }

    /// Oracle: the line that doctor tells, run as it is told.
    @Test("started by the line it told, doctor finds the ranks right")
    func remedy() throws {
        guard cores % 2 == 0 else { return }
        let first = try report(ranks: 2, environment: ["LOCKSTEP_THREADS": "\(cores)"])
        let line = try #require(first.findings.first?.remedy.last)
        let command = line.replacing(" PROGRAM", with: " \(Programs.folder)/lockstep doctor")
        let outcome = try Programs.run("/bin/sh", ["-c", command], environment: ["LOCKSTEP_THREADS": "\(cores)"])
        #expect(
            outcome.output.contains(", 2 ranks × \(plural(cores / 2)), "),
            "\(command): \(outcome.output)\(outcome.errors)")
        #expect(
            !outcome.output.contains("oversubscribed") && !outcome.output.contains(" idle"),
            "\(command): \(outcome.output)")
    }

    private func plural(_ threads: Int) -> String { "\(threads) thread\(threads == 1 ? "" : "s")" }
}
