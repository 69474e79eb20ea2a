import Foundation
import TestSupport
import Testing

/// A number below 0 is a value, and where it is out of range the error says what the range is. Runs over all options
/// that the programs tell of themselves, so that none can be forgotten: one that is not named here as text takes a
/// number.
@Suite(.serialized) struct NumberOptionTests {
    private static let data = fixture("models/known.npz")
    private static let inputs = [fixture("models/dense.keras"), "--x", data + ":dense/x"]
    private static let targets = ["--y", data + ":dense/y"]
    /// What commands want besides.
    private static let needed: [String: [String]] = [
        "lockstep train": inputs + targets, "lockstep evaluate": inputs + targets,
        "lockstep predict": inputs + ["--output", NSTemporaryDirectory() + "/lockstep-number-options.npy"],
        "lockstep bench train": ["mlp"], "lockstep bench predict": ["mlp"], "lockstep bench simulate": ["mlp"],
        "lockstep bench checkpoint": ["mlp"],
    ]
    /// Options whose values are names and files.
    private static let text: Set = [
        "weights", "x", "y", "validation-x", "validation-y", "sample-weight", "layer", "freeze", "unfreeze", "loss",
        "metrics", "weighted-metrics", "optimizer", "exclude-from-weight-decay",
        "checkpoint", "output",
        "history", "plot",
        "set",
        "strategy", "strategies", "wire", "timeline", "mode", "model", "data", "lockstep bench kernels only",
    ]
    /// Options that may be negative.
    private static let negative: Set = ["scale"]

    struct Command: Decodable {
        struct Argument: Decodable {
            struct Name: Decodable { let kind, name: String }
            let kind: String
            let names: [Name]?
        }
        let commandName: String
        let arguments: [Argument]?
        let subcommands: [Command]?

        /// Every option of this command and those below.
        func options(below path: String = "") -> [(command: String, option: String)] {
            let own = path + commandName
            let options = (arguments ?? []).filter { $0.kind == "option" }.compactMap {
                $0.names?.first { $0.kind == "long" }?.name
            }
            return options.map { (own, $0) } + (subcommands ?? []).flatMap { $0.options(below: own + " ") }
        }
    }

    @Test("of every command and example", arguments: ["lockstep", "digits", "line", "people", "beans"])
    func negative(program: String) throws {
        struct Help: Decodable { let command: Command }
        let help = try Programs.run(program, ["--experimental-dump-help"])
        let options = try JSONDecoder().decode(Help.self, from: Data(help.output.utf8)).command.options()
        let numeric = options.filter {
            !Self.text.contains($0.option) && !Self.text.contains("\($0.command) \($0.option)")
        }
        #expect(numeric.count >= (program == "lockstep" ? 35 : 1), "\(numeric)")
        for (command, option) in numeric {
            var needed = Self.needed[command] ?? []
            if option == "keep" { needed += ["--checkpoint", try Programs.temporaryFolder()] }
            if option == "gradients" { needed = [] }
            let arguments = command.split(separator: " ").dropFirst().map(String.init) + needed + ["--" + option, "-1"]
            let outcome = try Programs.run(program, arguments)
            let errors = outcome.errors
            if Self.negative.contains(option) {
                #expect(outcome.status == 0 && errors.isEmpty, "\(arguments): \(errors)")
            } else {
                let saysWhat = ["must be ", " expected, ", "Please provide one of"].contains { errors.contains($0) }
                #expect(outcome.status != 0 && saysWhat && errors.contains("-1"), "\(arguments): \(errors)")
            }
        }
    }

    @Test("what is wrong with arguments is told once for all ranks, by examples too", arguments: [nil, 1, 3])
    func once(ranks: Int?) throws {
        for (program, arguments, message) in [
            (
                "lockstep", ["evaluate"] + Self.inputs + Self.targets + ["--batch-size", "-1"],
                "--batch-size must be 1 or more, received: -1"
            ),
            ("digits", ["--batch-size", "-1"], "--batch-size must be 1 or more, received: -1"),
            (
                "digits", ["--checkpoint-every", "-1"],
                "interval must be above 0, such as 1epoch, 500steps or 60s, received: -1"
            ),
            ("people", ["--epochs", "-1"], "--epochs must be 0 or more, received: -1"),
            ("people", ["--verbose", "3"], "--verbose must be 0, 1 or 2, received: 3"),
            ("line", ["--seed", "-1"], "a seed must be a whole number, 0 or more"),
            ("line", ["--fly"], "Unknown option '--fly'"),
            ("beans", ["--only", "-1"], "The value '-1' is invalid for '--only"),
            ("beans", ["now"], "Unexpected argument 'now'"),
        ] {
            let outcome = try Programs.run(program, arguments, ranks: ranks)
            let count = outcome.errors.components(separatedBy: message).count - 1
            #expect(outcome.status == 64 && count == 1 && outcome.output.isEmpty, "\(arguments): \(outcome)")
        }
        for program in ["digits", "line", "people", "beans"] {
            let outcome = try Programs.run(program, ["--help"], ranks: ranks)
            let count = outcome.output.components(separatedBy: "USAGE: \(program)").count - 1
            #expect(outcome.status == 0 && count == 1 && outcome.errors.isEmpty, "\(outcome)")
        }
    }
}
