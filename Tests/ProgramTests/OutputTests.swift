import Foundation
import Lockstep
import TestSupport
import Testing

/// Output that cannot be written is an error in the end, and holds nothing up. Oracles: what GNU's tools do, and the
/// same training with an output that takes all.
@Suite(.serialized, .enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "needs Linux's /dev/full"))
struct OutputTests {
    private let data = [
        "--x", fixture("models/known.npz") + ":dense/x", "--y", fixture("models/known.npz") + ":dense/y",
    ]

    /// Runs a program on some ranks with its output somewhere, `>FILE` or `| PROGRAM`.
    private func run(_ program: String, _ arguments: [String], ranks: Int?, _ output: String) throws -> Outcome {
        let launcher = ranks.map { ["\(repository)/launch/mpirun", "--quiet", "--oversubscribe", "-n", "\($0)"] } ?? []
        let command = (launcher + [Programs.folder + "/" + program] + arguments).map { "'\($0)'" }.joined(
            separator: " ")
        return try Programs.run("/bin/bash", ["-c", "set -o pipefail; \(command) \(output)"])
    }

    private func lines(_ outcome: Outcome) -> [Substring] { outcome.errors.split(separator: "\n") }

    @Test("a full disk under the output of each command", arguments: [nil, 2])
    func full(ranks: Int?) throws {
        for (program, arguments) in [
            ("lockstep", ["evaluate", fixture("models/dense.keras")] + data),
            ("lockstep", ["summary", fixture("models/dense.keras")]),
            ("lockstep", ["doctor"]), ("lockstep", ["--help"]), ("lockstep", ["help", "train"]),
            ("lockstep", ["bench", "train", "--help"]),
            ("digits", ["--help"]), ("people", ["--epochs", "0", "--output", try Programs.temporaryFolder()]),
        ] {
            let outcome = try run(program, arguments, ranks: ranks, ">/dev/full")
            let line = "standard output could not be written: No space left on device"
            #expect(
                outcome.status == 1 && lines(outcome).count == 1 && outcome.errors.contains(line),
                "\(arguments): \(outcome)")
        }
        // A command that writes nothing has nothing to lose.
        let predictions = try Programs.temporaryFolder() + "/predictions.npy"
        let quiet = try run(
            "lockstep", ["predict", fixture("models/dense.keras"), "--output", predictions] + data.prefix(2),
            ranks: ranks, ">/dev/full")
        #expect(quiet.status == 0 && quiet.errors.isEmpty, "\(quiet)")
    }

    @Test(
        "training goes on to its end, and its files are written",
        arguments: [
            (">/dev/full", "No space left on device"), ("| head -n 1 >/dev/null", "Broken pipe"),
        ], [nil, 1, 2, 3])
    func training(_ output: (where: String, reason: String), ranks: Int?) throws {
        let folder = try Programs.temporaryFolder()
        func train(_ name: String, _ verbose: String, _ output: String) throws -> Outcome {
            // More than a pipe holds.
            let arguments = ["--epochs", "1500", "--batch-size", "24", "--seed", "1", "--verbose", verbose]
            let files = ["--output", "\(folder)/\(name).keras", "--history", "\(folder)/\(name).csv"]
            return try run(
                "lockstep", ["train", fixture("models/dense.keras")] + data + arguments + files, ranks: ranks, output)
        }
        let expected = try train("expected", "0", "")
        #expect(expected.status == 0, "\(expected)")
        let outcome = try train("actual", "2", output.where)
        #expect(outcome.status == 1 && lines(outcome).count == 1, "\(outcome)")
        #expect(outcome.errors.contains("standard output could not be written: \(output.reason)"), "\(outcome)")
        func weights(_ name: String) throws -> [Tensor] {
            try Model.load("\(folder)/\(name).keras", communicator: SingleProcess()).weights
        }
        #expect(try zip(weights("actual"), weights("expected")).allSatisfy { sameBits($0, $1) })
        #expect(try History(file: folder + "/actual.csv") == History(file: folder + "/expected.csv"))
    }
}
