import Foundation
import Lockstep
import LockstepFormats
import TestSupport
import Testing

/// Files that are no model that can be read say what they are, and what to do.
@Suite struct ForeignModelTests {
    private func error(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "no error"
        } catch { return "\(error)" }
    }

    private let model = Sequential([Dense(4, inputDim: 3), Dense(2)], communicator: SingleProcess())

    /// The fixtures are those of the programs, under names that do not tell.
    @Test(
        "models of other programs, and folders, say what they are and what to do",
        arguments: [
            ("saved", "a TensorFlow SavedModel", "load it with Keras 2"),
            ("saved/saved_model.pb", "a TensorFlow SavedModel", "load it with Keras 2"),
            ("checkpoint", "a TensorFlow checkpoint", "make the model in Keras, load these weights"),
            ("checkpoint/weights.index", "a TensorFlow checkpoint", "make the model"),
            ("checkpoint/weights", "a TensorFlow checkpoint", "make the model"),
            ("lite", "a TensorFlow Lite model", "write the Keras"),
            ("onnx", "an ONNX model", "write the Keras model"),
            ("torch", "a PyTorch file", "make the same model in Keras"),
            ("pickle", "a Python pickle", "load it in the Python that wrote it"),
        ])
    func foreign(_ name: String, what: String, advice: String) {
        let file = fixture("foreign/" + name)
        let loading = error { _ = try Model.load(file) }
        #expect(loading.hasPrefix("\(file): \(what)") && loading.contains("; \(advice)"), "\(loading)")
        #expect(loading.hasSuffix("model.save('model.keras')"), "\(loading)")
        let weights = error { try model.loadWeights(file) }
        #expect(
            weights.hasPrefix("\(file): \(what)") && weights.hasSuffix("model.save_weights('model.weights.h5')"),
            "\(weights)")
    }

    @Test(
        "other programs' names tell where contents do not",
        arguments: [
            ("m.pt", "PyTorch"), ("m.PTH", "PyTorch"), ("m.onnx", "ONNX"), ("m.pkl", "pickle"), ("m.tflite", "Lite"),
            ("m.pb", "graph"),
        ])
    func foreignNames(_ name: String, what: String) throws {
        try withFolder { folder in
            try Data("something".utf8).write(to: URL(filePath: "\(folder)/\(name)"))
            #expect(error { _ = try Model.load("\(folder)/\(name)") }.contains(what))
        }
    }

    @Test("a folder that is no model")
    func folder() throws {
        try withFolder { folder in
            let expected = "it is a folder; a zip archive (.keras), HDF5 (.h5) or JSON (.json) is expected"
            #expect(error { _ = try Model.load(folder) } == "\(folder): not a model file: \(expected)")
            for name in ["config.json", "metadata.json", "model.weights.h5"] {
                try Data("{}".utf8).write(to: URL(filePath: "\(folder)/\(name)"))
            }
            #expect(
                error { _ = try Model.load(folder) }.hasPrefix(
                    "\(folder): an unpacked .keras archive; pack the files in it"))
        }
    }

    @Test("subclassed models say what they are and what to do")
    func subclassed() {
        let advice =
            "a subclassed model, whose layers no file lists; make it in Keras as a Sequential or functional model"
        let (whole, weights) = (fixture("foreign/subclassed.keras"), fixture("foreign/subclassed.weights.h5"))
        #expect(
            error { _ = try Model.load(whole) }.hasPrefix("\(whole): it holds a model of the class 'Mine', \(advice)"))
        #expect(
            error { try model.loadWeights(whole) }.hasPrefix(
                "\(whole): it holds a model of the class 'Mine', \(advice)"))
        #expect(
            error { try model.loadWeights(weights) }.hasPrefix(
                "\(weights): it holds the weights of 'hidden', \(advice)"))
        #expect(throws: FormatError.weightsAlone(file: weights)) { try Model.load(weights) }
    }

    /// Oracle: the other file, in which Keras says the type of the elements.
    @Test("HDF5 files of Keras with bfloat16, which Keras cannot read again, open")
    func bfloat16() throws {
        let weights = try ["h5", "keras"].map {
            try Model.load(fixture("foreign/bfloat16.\($0)"), communicator: SingleProcess()).weights
        }
        #expect(weights[0] == weights[1])
        #expect(weights[0].first?.shape == [4, 3])
    }

    @Test(
        "files cut short anywhere say so", arguments: [("dense.keras", "a zip archive"), ("dense.h5", "an HDF5 file")])
    func cutShort(_ name: String, format: String) throws {
        let whole = try Data(contentsOf: URL(filePath: fixture("models/" + name)))
        try withFolder { folder in
            let file = folder + "/" + name
            for count in stride(from: 8, to: whole.count, by: whole.count / 23) {
                try whole.prefix(count).write(to: URL(filePath: file))
                #expect(throws: FormatError.cutShort(file: file, format: format), "\(count) bytes") {
                    try Model.load(file)
                }
            }
        }
    }
}
