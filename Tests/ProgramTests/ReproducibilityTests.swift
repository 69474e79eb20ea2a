import LockstepCompute
import TestSupport
import Testing

/// Oracle: the run in one process, whose bits every other run must have.
@Suite(.serialized) struct ReproducibilityTests {
    @Test("the bits of weights, history, scores and predictions of one process", arguments: ["mlp", "cnn", "lstm"])
    func bits(model: String) throws {
        func bits(ranks: Int?, threads: Int, set: String) throws -> String {
            let environment = ["LOCKSTEP_THREADS": "\(threads)", "LOCKSTEP_INSTRUCTION_SET": set]
            let outcome = try Programs.run(
                "cluster-checks", ["bits", model, "across"], ranks: ranks, environment: environment)
            #expect(outcome.status == 0, "\(outcome.errors)")
            return outcome.output
        }
        let sets = InstructionSet.available.map(\.rawValue)
        var seen: Set<String> = []
        for set in sets {
            let expected = try bits(ranks: nil, threads: 1, set: set)
            #expect(
                expected.count > 8 && seen.insert(expected).inserted,
                "sets round in their own ways, received: \(expected)")
            // The slower sets take the same ways; a few runs tell.
            for ranks in set == sets.last ? [1, 2, 3, 4, 5, 7, 8] : [3] {
                for threads in [1, 2] {
                    #expect(
                        try bits(ranks: ranks, threads: threads, set: set) == expected,
                        "\(set), \(ranks) ranks × \(threads) threads")
                }
            }
        }
    }

    @Test("digits --reproducible prints the same fingerprint on any number of ranks")
    func digits() throws {
        func output(ranks: Int?) throws -> [Substring] {
            let arguments = [
                "--reproducible", "8", "--epochs", "3", "--output", try Programs.temporaryFolder(), "--verbose", "0",
            ]
            let lines = try Programs.run("digits", arguments, ranks: ranks).output.split(separator: "\n")
            return lines.filter { !$0.hasPrefix("Drawn") }
        }
        let expected = try output(ranks: nil)
        #expect(expected.count == 2 && expected[1].hasPrefix("Fingerprint of weights, history and predictions: "))
        for ranks in [2, 3] { #expect(try output(ranks: ranks) == expected) }
    }

    /// Oracle: what the job was told to give the rank.
    @Test(
        "a rank that was given something else is told, once, with both values",
        arguments: [
            ("model", "'dense' of [0]: [9]", "'dense' of [0]: [8]"), ("data", "fingerprint ", "fingerprint "),
            ("batchSize", "16", "8"), ("optimizer", "0.1", "0.01"), ("seed", "2", "1"),
        ])
    func disagreements(field: String, there: String, here: String) throws {
        for rank in [1, 2] {
            let outcome = try Programs.run("cluster-checks", ["disagree", field, "\(rank)"], ranks: 3)
            let lines = outcome.errors.split(separator: "\n").filter { $0.contains("all ranks must be given the same") }
            #expect(outcome.status != 0 && outcome.seconds < 5 && lines.count == 1, "\(outcome.errors)")
            let text = "the same \(field), but that of rank \(rank) differs from rank 0's: rank \(rank) on "
            #expect(
                lines.first?.contains(text) == true && lines.first?.contains(there) == true
                    && lines.first?.contains(here) == true,
                "\(lines)")
        }
        let well = try Programs.run("cluster-checks", ["disagree", "nothing", "1"], ranks: 3)
        #expect(well.output == "all is well\n", "\(well.errors)")
    }

    /// On the last rank alone; the others have what rank 0 has.
    @Test("ranks told to take different instruction sets are told which")
    func instructionSets() throws {
        let program = Programs.folder + "/lockstep"
        let command =
            "[ $OMPI_COMM_WORLD_RANK != 2 ] || export LOCKSTEP_INSTRUCTION_SET=portable; exec '\(program)' bench train people"
        let outcome = try Programs.run("/bin/bash", ["-c", command], ranks: 3)
        #expect(
            outcome.status != 0 && outcome.seconds < 5
                && outcome.errors.contains(
                    "the same LOCKSTEP_INSTRUCTION_SET, but that of rank 2 differs from rank 0's: rank 2 on "),
            "\(outcome.errors)")
    }
}
