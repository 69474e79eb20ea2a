import Foundation
import Lockstep
import TestSupport
import Testing

/// Ranks that die or stall end the job in seconds, with a line that says who, where and why, and leave nothing behind.
/// Oracle: the fault that was injected.
@Suite(.serialized) struct FaultTests {
    /// Runs `cluster-checks fault` with its temporary files and shared memory in a folder of its own; returns what is
    /// left in it too.
    private func run(
        _ place: String, _ action: String, rank: Int, ranks: Int = 3, limit: String? = nil
    ) throws -> (outcome: Outcome, left: [String]) {
        let folder = try Programs.temporaryFolder()
        var environment = ["TMPDIR": folder, "OMPI_MCA_btl_vader_backing_directory": folder]
        environment["LOCKSTEP_STALL_LIMIT"] = limit
        let program = Programs.folder + "/cluster-checks"
        let outcome = try Programs.run(
            repository + "/launch/mpirun",
            ["--oversubscribe", "-n", "\(ranks)", program, "fault", place, action, "\(rank)"],
            environment: environment)
        let files = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        func isFile(_ path: String) -> Bool {
            let attributes = try? FileManager.default.attributesOfItem(atPath: folder + "/" + path)
            return attributes?[.type] as? FileAttributeType != .typeDirectory
        }
        return (outcome, files.filter(isFile) + (try processes(of: folder)))
    }

    /// The processes that have a folder as that for temporary files.
    private func processes(of folder: String) throws -> [String] {
        guard FileManager.default.fileExists(atPath: "/proc/self/environ") else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { process in
            guard Int(process) != nil, let data = FileManager.default.contents(atPath: "/proc/\(process)/environ")
            else { return false }
            return String(decoding: data, as: UTF8.self).contains("TMPDIR=" + folder)
        }
    }

    private func expectDeath(_ place: String, _ action: String, rank: Int, _ cause: String) throws {
        let (outcome, left) = try run(place, action, rank: rank)
        let name = "\(place) \(action) of rank \(rank)"
        #expect(outcome.status != 0 && outcome.seconds < 30, "\(name): \(outcome.status) after \(outcome.seconds) s")
        #expect(left == [], "\(name)")
        let lines = outcome.errors.split(separator: "\n")
        #expect(
            lines.contains {
                $0.contains("rank \(rank) ") && ($0.contains("on \(host)") || $0.contains("on node \(host)"))
                    && $0.contains(cause)
            },
            "\(name): \(outcome.errors)")
    }

    private let host = SingleProcess().host

    @Test(
        "a rank that is killed ends the job, whatever it is at",
        arguments: zip(
            [
                "start", "begun", "data", "forward", "backward", "exchange", "sum", "evaluation", "saving", "end",
                "exit",
            ],
            [1, 0, 2, 1, 0, 2, 1, 0, 2, 0, 1]))
    func kills(place: String, rank: Int) throws { try expectDeath(place, "kill", rank: rank, "signal 9 (Killed)") }

    @Test(
        "a rank that throws ends the job",
        arguments: zip(
            ["begun", "data", "forward", "exchange", "evaluation", "saving", "end"], [1, 0, 2, 1, 1, 0, 2]))
    func errors(place: String, rank: Int) throws { try expectDeath(place, "throw", rank: rank, "an injected fault") }

    @Test(
        "a rank that traps ends the job, and says where it was", arguments: ["data", "forward", "exchange", "saving"])
    func traps(place: String) throws {
        let doing = [
            "forward": "training, epoch 1, step 5, forward of layer 'suspect'", "saving": "the program's own work",
        ]
        try expectDeath(place, "trap", rank: 1, doing[place] ?? ", in ")
    }

    @Test("a rank that runs out of memory says how much it wanted", arguments: ["begun", "backward"])
    func memory(place: String) throws {
        try expectDeath(place, "exhaust", rank: 1, "out of memory: a buffer of 17592186044416 bytes was asked for")
    }

    @Test(
        "a rank that exits ends the job, with status 0 too if others wait for it",
        arguments: ["begun", "forward", "exchange"])
    func exits(place: String) throws {
        try expectDeath(place, "exit3", rank: 1, "ended with exit status 3")
        try expectDeath(place, "exit0", rank: 1, "ended with exit status 0 while rank ")
    }

    @Test("a rank that comes to its end early harms nobody, nor does one that comes late")
    func goodEnds() throws {
        for (place, action) in [("end", "exit0"), ("end", "delay3"), ("saving", "delay1"), ("none", "throw")] {
            let (outcome, left) = try run(place, action, rank: 1, limit: "2")
            #expect(outcome.status == 0 && outcome.errors == "" && left == [], "\(place) \(action): \(outcome.errors)")
        }
    }

    @Test("a stall becomes a page that names the missing rank and its layer", arguments: [2, 4])
    func stall(ranks: Int) throws {
        let (outcome, left) = try run("forward", "delay60", rank: 1, ranks: ranks, limit: "2")
        #expect(outcome.status != 0 && outcome.seconds < 10 && left == [], "\(outcome.seconds) s")
        let lines = outcome.errors.split(separator: "\n")
        #expect(
            lines.contains {
                $0.hasPrefix("stall: rank ") && $0.contains("in sum of 32 numbers; rank 1 on ")
                    && $0.hasSuffix(" is missing")
            },
            "\(outcome.errors)")
        #expect(
            lines.contains {
                $0.hasPrefix("* 1 ") && $0.contains("training, epoch 1, step 5, forward of layer 'suspect'")
            },
            "\(outcome.errors)")
        #expect(lines.filter { $0.contains("waits in") }.count == 1, "one page")
        #expect(
            lines.filter { $0.contains("'batch_normalization'") && $0.contains("sum of 32 numbers (call ") }.count
                == ranks - 1)
    }

    @Test("a process that is stopped is told as one that does not answer", arguments: [0, 1])
    func stopped(rank: Int) throws {
        let (outcome, left) = try run("backward", "stop", rank: rank, limit: "1")
        #expect(outcome.status != 0 && outcome.seconds < 12 && left == [], "\(outcome.seconds) s")
        #expect(
            outcome.errors.split(separator: "\n").contains {
                $0.hasPrefix("* \(rank) ") && $0.contains("does not answer")
            },
            "\(outcome.errors)")
    }

    @Test("a limit that is no time is refused")
    func limit() throws {
        for limit in ["soon", "0", "-1", "nan"] {
            let outcome = try Programs.run(
                "cluster-checks", ["where"], ranks: 2, environment: ["LOCKSTEP_STALL_LIMIT": limit])
            let message = "LOCKSTEP_STALL_LIMIT must be a number of seconds from 0.1 to 1000000, received: \(limit)"
            #expect(outcome.status != 0 && outcome.errors.contains(message), "\(outcome.errors)")
        }
    }
}
