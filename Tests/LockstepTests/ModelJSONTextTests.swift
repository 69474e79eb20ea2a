import Foundation
import Lockstep
import TestSupport
import Testing

/// Texts that are no models: one error that names the file, never a crash.
@Suite struct ModelJSONTextTests {
    @Test("what is no model, no JSON, nested without end, or repeats a name")
    func text() {
        let deep = String(repeating: "[", count: 100_000)
        let nested = String(repeating: #"{"a":"#, count: 100_000)
        for (text, expected) in [
            ("", "not a JSON file"), ("{", "not a JSON file"), (deep, "not a JSON file"), (nested, "not a JSON file"),
            (deep + String(repeating: "]", count: 100_000), "not a JSON file"), ("[1e999]", "not a JSON file"),
            ("NaN", "not a JSON file"),
            ("[]", "it has no class_name"), ("3", "it has no class_name"),
            (#"{"class_name": "Sequential"}"#, "it has no config"),
            (#"{"class_name": "Sequential", "config": {}}"#, "config.layers is no list"),
            (#"{"class_name": "Sequential", "config": {"layers": []}}"#, "the model has no layers"),
            (#"{"class_name": "Sequential", "config": {"layers": [3]}}"#, "a layer has no class_name"),
            (
                #"{"class_name": "Sequential", "config": {"layers": [{"class_name": "Add", "config": 1}]}}"#,
                "class Add is no object"
            ),
            (#"{"class_name": "Mine", "config": {"layers": []}}"#, "a model of the class 'Mine', a subclassed model"),
        ] {
            let received = readingError(text)
            #expect(received.hasPrefix("JSON: ") && received.contains(expected), "\(text.prefix(80)): \(received)")
        }
    }

    /// A graph of many layers in a row must not need a stack as deep.
    @Test("a long chain of connections")
    func long() throws {
        let count = 5000
        let layers = (0..<count).map { index in
            let source = index == 0 ? "[]" : #"[[["\#(index - 1)", 0, 0, {}]]]"#
            let (className, arguments) = index == 0 ? ("InputLayer", #"{"batch_shape": [null, 2]}"#) : ("Flatten", "{}")
            return
                #"{"class_name": "\#(className)", "name": "\#(index)", "config": \#(arguments), "inbound_nodes": \#(source)}"#
        }
        let text =
            #"{"class_name": "Functional", "config": {"layers": [\#(layers.reversed().joined(separator: ","))], "#
            + #""input_layers": ["0", 0, 0], "output_layers": ["\#(count - 1)", 0, 0]}}"#
        #expect(try Model.fromJSON(text).layers.map(\.name) == (0..<count).map(String.init))
    }

    @Test(
        "files cut short anywhere, and files that are not there", arguments: ["chain", "branches", "keras2_branches"])
    func truncated(_ name: String) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lockstep-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let whole = try Data(contentsOf: URL(filePath: fixture("model-\(name).json")))
        let path = folder.path + "/model.json"
        for length in stride(from: 0, to: whole.count - 2, by: 37) {
            try whole.prefix(length).write(to: URL(filePath: path))
            do {
                _ = try Model.load(path)
                Issue.record("\(length) bytes were read")
            } catch {
                #expect("\(error)".hasPrefix("\(path): not a \(length == 0 ? "model" : "JSON") file"), "\(error)")
            }
        }
        #expect(throws: FormatError.cannotOpen(file: "/no/such.json", reason: "No such file or directory")) {
            _ = try Model.load("/no/such.json")
        }
    }

    @Test("a character more anywhere is read or refused", arguments: ["9", "-", "["])
    func changed(_ character: Character) throws {
        let whole = try String(contentsOfFile: fixture("model-keras2_chain.json"), encoding: .utf8)
        for position in stride(from: 0, to: whole.count, by: 7) {
            var text = whole
            text.insert(character, at: text.index(text.startIndex, offsetBy: position))
            let error = readingError(text)
            #expect(error == "no error" || error.hasPrefix("JSON: "), "\(error)")
        }
    }

    @Test("a number that is not finite cannot be written")
    func notFinite() {
        let model = Sequential([InputLayer([2]), Dense(2, kernelInitializer: .constant(.infinity))])
        #expect(throws: FormatError.notOfFormat(file: "JSON", format: "JSON", reason: "a number is not finite")) {
            try model.toJSON()
        }
    }
}
