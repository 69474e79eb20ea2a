import Foundation
import TestSupport
import Testing

/// `bench report` on lines made by hand, and the launchers' refusals.
@Suite(.serialized) struct ScalingTests {
    private func line(
        _ ranks: Int, batch: Int, rate: Double, threads: Int = 1, parts: [String: Double] = ["move": 5, "add": 2.5]
    ) -> String {
        let times = parts.map { "\"\($0)\":\($1)" }.joined(separator: ",")
        let order = ["move", "add"].filter { parts[$0] != nil }.map { "\"\($0)\"" }.joined(separator: ",")
        return """
            {"workload":"mlp","ranks":\(ranks),"threads":\(threads),"batch_size":\(batch),"samples_per_s":\(rate),\
            "us_per_step":\(Double(batch) / rate * 1e6),"peak_memory_bytes":1,"parts":[\(order)],"parts_us":{\(times)},\
            "machine":{"hostname":"node","cpu":"\(ranks) fast","cores":8,"instruction_set":"avx2","date":"2025-01-01T00:00:00Z"}}
            """
    }

    private func report(_ lines: [String]) throws -> (outcome: Outcome, folder: String) {
        let folder = try Programs.temporaryFolder()
        try lines.joined(separator: "\n").write(toFile: folder + "/runs.jsonl", atomically: true, encoding: .utf8)
        return (try Programs.run("lockstep", ["bench", "report", folder]), folder)
    }

    @Test("strong scaling: relative to the fewest ranks, the best line of each number of ranks, parts in their order")
    func strong() throws {
        let lines = [
            line(3, batch: 120, rate: 700), line(2, batch: 120, rate: 400),
            "{\"launcher\":\"launch/scaling \\\"mlp\\\"\",\"commit\":\"c0ffee\"}",
            line(2, batch: 120, rate: 500, parts: ["move": 1]), line(3, batch: 120, rate: 600), "",
        ]
        let (outcome, folder) = try report(lines)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let csv = try String(contentsOfFile: folder + "/scaling.csv", encoding: .utf8)
        #expect(
            csv == """
                ranks,threads,batch_size,samples_per_s,us_per_step,speed_up,efficiency,move_us,add_us
                2,1,120,500.0,\(120 / 500.0 * 1e6),1.0,1.0,1.0,0.0
                3,1,120,700.0,\(120 / 700.0 * 1e6),1.4,\(1.4 * 2 / 3),5.0,2.5

                """)
        #expect(
            numbers(after: "\n    3 ", in: outcome.output) == [700]
                && outcome.output.contains("mlp, a batch of 120, 1 thread a rank"))
        let json = try #require(
            JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: folder + "/scaling.json")))
                as? [String: [String: Any]])
        #expect(
            json["scaling"]?["mode"] as? String == "strong"
                && json["scaling"]?["parts"] as? [String] == ["move", "add"])
        #expect((json["scaling"]?["points"] as? [Any])?.count == 2)
        #expect(json["machine"]?["cpu"] as? String == "3 fast")
        #expect(
            json["launch"]?["launcher"] as? String == "launch/scaling \"mlp\""
                && json["launch"]?["commit"] as? String == "c0ffee")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        #expect(files == ["runs.jsonl", "scaling.csv", "scaling.json", "scaling.png"])
    }

    @Test("weak scaling: samples a second, not steps, for the batch grows")
    func weak() throws {
        let (outcome, folder) = try report([
            line(4, batch: 128, rate: 3000), line(1, batch: 32, rate: 1000), line(2, batch: 64, rate: 1800),
        ])
        #expect(outcome.output.contains("mlp, a batch of 32 a rank"), "\(outcome.output)\(outcome.errors)")
        let rows = try String(contentsOfFile: folder + "/scaling.csv", encoding: .utf8).split(separator: "\n")
            .dropFirst()
        #expect(
            rows.map { $0.split(separator: ",")[5...6].compactMap { Double($0) } } == [
                [1, 1], [1.8, 0.9], [3, 0.75],
            ])
    }

    @Test("results of different work are not compared")
    func different() throws {
        for (lines, message) in [
            (
                [line(1, batch: 8, rate: 1), line(2, batch: 12, rate: 1)],
                "results of one batch of a rank can be compared, received: 6.0, 8.0"
            ),
            ([line(1, batch: 8, rate: 1), line(2, batch: 8, rate: 1, threads: 2)], "results of one threads of a rank"),
            ([line(1, batch: 8, rate: 1), "{"], "runs.jsonl: not a bench train --json file: line 2"),
            ([], "there are no results"),
        ] {
            let outcome = try report(lines).outcome
            #expect(outcome.status == 1 && outcome.errors.contains(message), "\(outcome.errors)")
        }
    }

    @Test("launch/scaling and launch/namespaces teach, and refuse what they do not know before they do anything")
    func launchers() throws {
        for (launcher, arguments, message) in [
            ("scaling", [], "usage"),
            ("scaling", ["--ranks", "1,x", "mlp"], "--ranks must be numbers above 0 such as 1,2,4, received: 1,x"),
            ("scaling", ["--mode", "both", "mlp"], "--mode must be strong or weak, received: both"),
            ("scaling", ["vgg"], "no model vgg; there are seed_line beans"),
            ("scaling", ["/no/such.json"], "the model /no/such.json cannot"),
            ("scaling", ["mlp", "--threads", "2"], "--threads cannot stand behind the model"),
            ("scaling", ["--fast"], "unknown option --fast"),
            ("scaling", ["--hosts", "/no/such", "mlp"], "the host file /no/such cannot be read"),
            ("scaling", ["--output", "/proc/no", "mlp"], "the folder /proc/no cannot be written"),
            ("namespaces", ["-n", "2"], "usage"),
            ("namespaces", ["-n", "0", "true"], "-n must be a whole number from 1 to 200, received: 0"),
            (
                "namespaces", ["-n", "2", "--rate", "fast", "true"],
                "--rate must be a rate such as 100mbit, received: fast"
            ),
            ("namespaces", ["-n", "2", "--delay", "1", "true"], "--delay must be a time such as 200us, received: 1"),
            ("namespaces", ["-n", "2", "--bytes", "/no/such/file", "true"], "/no/such/file cannot be written"),
        ] as [(String, [String], String)] {
            let outcome = try Programs.run(repository + "/launch/" + launcher, arguments)
            #expect(outcome.status == 2 && outcome.errors.contains(message), "\(arguments): \(outcome.errors)")
        }
        for launcher in ["scaling", "namespaces"] {
            let help = try Programs.run(repository + "/launch/" + launcher, ["--help"])
            #expect(help.status == 0 && help.output.hasPrefix("usage: launch/\(launcher)"))
        }
    }
}
