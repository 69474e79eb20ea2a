import Foundation
import TestSupport
import Testing

/// Every example, run as its user runs it. Oracles: what the task's own description says comes out.
@Suite(.serialized) struct ExampleTests {
    /// Runs an example into a folder of its own and checks its pictures.
    private func run(_ example: String, _ arguments: [String] = [], ranks: Int?, pictures: [String]) throws -> String {
        let folder = try Programs.temporaryFolder()
        let outcome = try Programs.run(example, arguments + ["--output", folder], ranks: ranks)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        #expect(files == pictures.sorted())
        for file in files {
            let bytes = try Data(contentsOf: URL(filePath: folder + "/" + file))
            #expect(bytes.prefix(4) == Data([0x89] + Array("PNG".utf8)) && bytes.count > 2000, "\(file)")
        }
        return outcome.output
    }

    @Test("digits: at least 0.97 of 360 digits held out", arguments: [nil, 2, 4])
    func digits(ranks: Int?) throws {
        let output = try run("digits", ranks: ranks, pictures: ["digits-history.png", "digits-predictions.png"])
        let accuracy = numbers(after: "held out", in: output)
        #expect(accuracy.count == 1 && accuracy[0] >= 0.97, "\(output)")
        #expect(output.contains("Using Lockstep: ") && output.contains("\(ranks ?? 1) rank"))
        #expect(output.contains(" Total params: 17,226 (67.29 KB)\n"), "65·128 + 129·64 + 65·10 parameters")
        #expect(numbers(after: "val_accuracy", in: output).count == 60)
    }

    @Test("digits with convolutions: at least 0.985 of the same 360 digits", arguments: [nil, 2])
    func convolutional(ranks: Int?) throws {
        let output = try run(
            "digits", ["--model", "convolutional", "--verbose", "2", "--epochs", "30"], ranks: ranks,
            pictures: ["digits-history.png", "digits-predictions.png"])
        #expect((numbers(after: "held out", in: output).first ?? 0) >= 0.985, "\(output)")
    }

    @Test("digits on the portable kernels")
    func portable() throws {
        let folder = try Programs.temporaryFolder()
        let outcome = try Programs.run(
            "digits", ["--output", folder, "--verbose", "0"], environment: ["LOCKSTEP_INSTRUCTION_SET": "portable"])
        #expect(
            (numbers(after: "held out", in: outcome.output).first ?? 0) >= 0.97, "\(outcome.output)\(outcome.errors)")
        #expect(!outcome.output.contains("Using Lockstep"), "silent with verbose 0")
    }

    @Test("line: weight and bias near 0.5 and 2", arguments: [nil, 3])
    func line(ranks: Int?) throws {
        let output = try run("line", ranks: ranks, pictures: ["line.png", "line-steps.png"])
        let costs = numbers(after: "train cost", in: output)
        #expect(costs.count >= 4 && costs[3] < 0.01 && costs[0] > costs[3])
        #expect((numbers(after: "test cost", in: output).first ?? 1) < 0.01)
        #expect(abs((numbers(after: "weight", in: output).first ?? 0) - 0.5) < 0.05, "\(output)")
        #expect(abs((numbers(after: "bias", in: output).first ?? 0) - 2) < 0.05, "\(output)")
    }

    /// Two normal distributions √3 apart cannot be told apart better than Φ(√3/2) = 0.807 of the time.
    @Test("people: near the best that can be", arguments: [nil, 3])
    func people(ranks: Int?) throws {
        let output = try run("people", ranks: ranks, pictures: ["people.png", "people-scatter.png"])
        let accuracy = numbers(after: "accuracy", in: output)
        #expect((accuracy.last ?? 0) > 0.77 && (accuracy.last ?? 1) < 0.83, "\(output)")
        #expect(output.contains("Dense1 (Dense)") && output.contains("hidden (Activation)"))
        // With equal classes in number, [0, 0, 0] lies at the centre of class 0.
        #expect(output.contains("[0, 0, 0] is of class 0"), "\(output)")
    }

    @Test("beans: all four sets are learned, and the neuron by hand", arguments: [nil, 2])
    func beans(ranks: Int?) throws {
        let output = try run("beans", ranks: ranks, pictures: [0, 3, 4, 7].map { "beans-\($0).png" })
        let accuracy = numbers(after: "accuracy", in: output)
        #expect(accuracy.count == 4 && accuracy.allSatisfy { $0 >= 0.95 }, "\(output)")
        // The data turn at 0.7x + 0.5 = 0.8, so the neuron is at one half there: W·x + B = 0 at 3/7.
        let (weight, bias) = (
            numbers(after: " W ", in: output).first ?? 0, numbers(after: " B ", in: output).first ?? 0
        )
        #expect(weight > 0 && abs(-bias / weight - 3 / 7) < 0.06, "\(output)")
    }

    @Test("no epochs are a history without points, drawn all the same")
    func noEpochs() throws {
        let folder = try Programs.temporaryFolder()
        let outcome = try Programs.run("digits", ["--epochs", "0", "--verbose", "0", "--output", folder])
        #expect(
            outcome.status == 0 && FileManager.default.fileExists(atPath: folder + "/digits-history.png"),
            "\(outcome.errors)")
    }

    @Test("without gnuplot the script with the data stays, and a message says what to do")
    func withoutGnuplot() throws {
        let folder = try Programs.temporaryFolder()
        let tools = try Programs.temporaryFolder()
        try FileManager.default.createSymbolicLink(atPath: tools + "/timeout", withDestinationPath: "/usr/bin/timeout")
        let outcome = try Programs.run("line", ["--output", folder], environment: ["PATH": tools])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(
            outcome.output.contains(
                "gnuplot is not installed (Debian: gnuplot-nox); to draw \(folder)/line.png later: gnuplot"))
        let script = try String(contentsOfFile: folder + "/line.png.gp", encoding: .utf8)
        #expect(script.contains("$d0_0 << END") && script.contains("set output '\(folder)/line.png'"))
    }

    @Test("bad arguments and files are errors, on one rank and on several", arguments: [nil, 2])
    func wrong(ranks: Int?) throws {
        for (arguments, message) in [
            (["--batch-size", "0"], "--batch-size must be 1 or more, received: 0"),
            (["--data", repository + "/Tests/Fixtures/two-by-two.csv"], "--data must hold 1797 rows"),
            (["--data", "/no/such/file.csv"], "/no/such/file.csv: cannot be opened: No such file or directory"),
            (
                ["--epochs", "1", "--output", "/no/such/folder"],
                "/no/such/folder/digits-history.png: cannot be written"
            ),
        ] {
            let outcome = try Programs.run("digits", arguments + ["--verbose", "0"], ranks: ranks)
            #expect(outcome.status != 0 && outcome.errors.contains(message), "\(outcome.errors)")
            #expect(outcome.errors.components(separatedBy: message).count == 2, "told once: \(outcome.errors)")
        }
    }
}
