import Foundation
import Lockstep
import LockstepFormats
import TestSupport
import Testing

/// Strings as data, and layers on text. What holds on any number of ranks is in `TestSupport`'s `textChecks`.
@Suite struct StringTests {
    /// Oracle: what Keras serialized.
    @Test("a text layer's configuration is Keras's, and comes back", arguments: TextRow.all)
    func configuration(_ row: TextRow) throws {
        let written = try row.layer().configuration.mapValues(\.configurationValue)
        for (name, value) in written where value != .null {
            // Once there is a vocabulary, its size is known.
            if name == "vocabulary_size" { continue }
            #expect(value == row.configuration[name], "\(name)")
        }
        let again = try LayerRegistry().layer(row.className, written)
        #expect(again.configuration.mapValues(\.configurationValue) == written)
    }

    /// Oracle: what Keras computes. A row alone has as many numbers as its own text.
    @Test("every form of file gives a text layer back", arguments: TextRow.all)
    func files(_ row: TextRow) throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let communicator = SingleProcess()
        let model = try TextRow.model(
            of: row.adapted(on: communicator), row: row.x.shape.row, communicator: communicator)
        for name in ["model.keras", "model.h5", "model.json"] {
            try model.save("\(folder)/\(name)")
            let copy = try Model.load("\(folder)/\(name)", communicator: communicator)
            #expect(try copy.inputTypes == [.string])
            #expect(relativeError(try copy.predict(row.x), row.y) < 1e-6, "\(name)")
        }
    }

    @Test("tensors of strings are cut, chosen, shuffled and joined as others")
    func tensors() throws {
        let x = try Tensor(strings: ["a", "b", "c", "d", "e", "f"], shape: [3, 2])
        #expect(x.type == .string && x.rows(1..<3).strings == ["c", "d", "e", "f"])
        #expect(x.gathered([2, 0]).strings == ["e", "f", "a", "b"])
        #expect(x.columns(1..<2).strings == ["b", "d", "f"])
        #expect(x.shuffled(seed: 1).strings.sorted() == x.strings)
        #expect(try Tensor.concatenated([x, x.rows(0..<1)]).strings == ["a", "b", "c", "d", "e", "f", "a", "b"])
        #expect(try x.reshaped([6]).row(3).strings == ["d"])
        #expect(x.copy() == x && x != x.gathered([0, 2, 1]))
        // An é in one piece and one in two are other strings.
        #expect(Tensor(strings: ["\u{e9}"]) != Tensor(strings: ["e\u{301}"]))
        #expect(x.fingerprint != x.gathered([0, 2, 1]).fingerprint)
        #expect("\(x.rows(0..<1))" == "Tensor[1, 2](\"a\", \"b\")")
        #expect(throws: ComputeError.text(.float32, received: .string)) { try x.converted(to: .float32) }
        #expect(throws: ComputeError.text(.string, received: .float32)) { try Tensor([1]).converted(to: .string) }
        #expect(throws: ComputeError.elementCount(shape: [2], received: 1)) {
            try Tensor(strings: ["a"], shape: [2])
        }
    }

    /// Oracle: what NumPy wrote.
    @Test("files hold strings")
    func dataFiles() throws {
        let words = TextRow.all.first { $0.name == "lookup" }!.x
        for form in ["unicode", "big", "bytes"] {
            #expect(try DataFile.read(fixture("strings-\(form).npy"), as: .string) == words, "\(form)")
        }
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Npy.write(words, to: folder + "/w.npy")
        #expect(try Npy.read(folder + "/w.npy", as: .string) == words)
        try Npz.write(["w": words], to: folder + "/w.npz")
        #expect(try DataFile.read(folder + "/w.npz:w", as: .string) == words)
        func write(_ text: String, _ name: String) throws -> String {
            try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)"))
            return "\(folder)/\(name)"
        }
        let lines = try write("one two\r\n\n dreißig,\"4\n", "lines.txt")
        #expect(try DataFile.read(lines, as: .string).strings == ["one two", "", " dreißig,\"4"])
        let table = try write(
            "zip,text,label\n01234,\"said \"\"yes\"\", twice\",1\n99999,,0\n00001,plain,1\n", "table.csv")
        #expect(try DataFile.read(table + ":text", as: .string).strings == ["said \"yes\", twice", "", "plain"])
        #expect(try DataFile.read(table + ":zip", as: .string).strings == ["01234", "99999", "00001"])
        #expect(
            try DataFile.read(table + ":text,zip", as: .string).strings == [
                "said \"yes\", twice", "01234", "", "99999", "plain", "00001",
            ])
        #expect(throws: FormatError.elements(file: lines, expected: "numbers", received: "strings")) {
            try DataFile.read(lines)
        }
        let bytes = fixture("strings-bytes.npy")
        #expect(throws: FormatError.elements(file: bytes, expected: "numbers", received: "strings")) {
            try DataFile.read(bytes)
        }
        let numbers = fixture("array-f4.npy")
        #expect(throws: FormatError.elements(file: numbers, expected: "strings", received: "numbers")) {
            try DataFile.read(numbers, as: .string)
        }
        let vocabulary = try write("\n[UNK]\nthe\nfox\n\n", "words.txt")
        #expect(try VocabularyFile.read(vocabulary) == ["", "[UNK]", "the", "fox"])
    }

    @Test("text goes through models within models, and through identities, to several layers")
    func nested() throws {
        let communicator = SingleProcess()
        let inner = Input([1], type: .string)
        let encoder = try Model(
            inputs: inner, outputs: [StringLookup(vocabulary: ["a", "b"])(inner), Hashing(9)(inner)],
            communicator: communicator)
        let text = Input([1], type: .string, name: "text")
        let parts = encoder.outputs(of: [Identity()(text)])
        let other = StringLookup(vocabulary: ["b", "c"])(text)
        let model = try Model(
            inputs: text, outputs: [parts[0], parts[1], other], communicator: communicator)
        let x = Tensor(strings: ["a", "b", "c"])
        let y = try model.predictOutputs(x)
        #expect(y[0].elements == [1, 2, 0] && y[2].elements == [0, 1, 2])
        #expect(try encoder.predictOutputs(x)[1] == y[1])
    }

    @Test("a layer that adapts again serves the model that has it")
    func adaptedAgain() throws {
        let communicator = SingleProcess()
        let layer = TextVectorization(outputSequenceLength: 2)
        try layer.adapt(Tensor(strings: ["a a b"]), communicator: communicator)
        let model = Sequential([layer], communicator: communicator)
        #expect(try model.predict(Tensor(strings: ["b a", "c"])).elements == [3, 2, 1, 0])
        try layer.adapt(Tensor(strings: ["c c b"]), communicator: communicator)
        #expect(try model.predict(Tensor(strings: ["b a", "c"])).elements == [3, 1, 2, 0])
    }

    @Test("wrong arguments and uses are errors that name the layer")
    func errors() throws {
        let communicator = SingleProcess()
        func message(_ layer: any Layer, row: Shape = [1]) -> String {
            do { _ = try TextRow.model(of: layer, row: row, communicator: communicator).inputShapes } catch {
                return "\(error)"
            }
            return "no error"
        }
        func reading(_ className: String, _ arguments: [String: ConfigurationValue]) -> String {
            do { _ = try LayerRegistry().layer(className, arguments.merging(["name": "n"]) { $1 }) } catch {
                return "\(error)"
            }
            return "no error"
        }
        #expect(message(Dense(2, name: "n")).contains("'n': the inputs must be numbers, received: text, of which"))
        #expect(message(Identity(name: "n")).contains("'n': the inputs must be numbers, received: text"))
        #expect(
            message(StringLookup(vocabulary: ["a", "a"], name: "n")).contains(
                "'n': vocabulary must be strings that differ, received: \"a\" twice"))
        #expect(message(StringLookup(vocabulary: [], name: "n")).contains("'n': vocabulary must be given"))
        #expect(
            message(StringLookup(maxTokens: 2, vocabulary: ["a", "b"], name: "n")).contains(
                "'n': vocabulary must be with at most maxTokens 2 places, received: 3"))
        #expect(
            message(TextVectorization(vocabulary: ["a"], name: "n"), row: [2]).contains(
                "'n': the input must have rows of one text to split"))
        #expect(
            message(TextVectorization(ngrams: 0, vocabulary: ["a"], name: "n")).contains(
                "'n': ngrams must be one positive number or more"))
        #expect(
            message(TextVectorization(outputMode: .count, outputSequenceLength: 2, vocabulary: ["a"], name: "n"))
                .contains("'n': outputSequenceLength must be nil for count"))
        #expect(
            message(Hashing(3, maskValue: 1, name: "n")).contains("'n': maskValue must be nil for text"))
        let number = Input([1])
        #expect(throws: (any Error).self) {
            _ = try Model(inputs: number, outputs: StringLookup(vocabulary: ["a"])(number), communicator: communicator)
                .inputShapes
        }
        #expect(reading("StringLookup", ["invert": true]).contains("'n': invert must be false: strings are not given"))
        #expect(reading("StringLookup", ["sparse": true]).contains("'n': sparse must be false"))
        #expect(reading("StringLookup", ["encoding": "latin-1"]).contains("'n': encoding must be \"utf-8\""))
        #expect(reading("TextVectorization", ["ragged": true]).contains("'n': ragged must be false"))
        let function: ConfigurationValue = ["class_name": "function", "config": "clean"]
        #expect(
            reading("TextVectorization", ["standardize": function]).contains(
                "for a function of Python, apply it to the texts before"))
        #expect(reading("TextVectorization", ["split": function]).contains("join its tokens with blanks before"))
        #expect(reading("TextVectorization", ["standardize": .null, "split": .null, "ngrams": [1, 2]]) == "no error")
    }
}
