import Foundation
import Lockstep
import LockstepFormats
import LockstepLayers
import TestSupport
import Testing

private let allKnown = try! Npz.read(fixture("former/known.npz"))
private let files = try! FileBytes.names(in: fixture("former")).filter { $0.hasSuffix(".h5") || $0.hasSuffix(".keras") }
    .sorted()
/// The files that Keras 2 predicted with, and those that it trained on with.
private let predicting = files.filter { allKnown["\(stem($0))/x"] != nil }
private let trained = files.filter { allKnown["\(stem($0))/y"] != nil && !$0.hasSuffix(".keras") }
private func stem(_ file: String) -> String { String(file.prefix { $0 != "." }) }

/// Files of Keras 1 and 2. Oracle: Keras 2, by `Tests/Fixtures/former.py`: what it makes of their weights, predicts,
/// and trains on to.
@Suite struct FormerKerasTests {
    private func known(_ file: String, _ name: String) throws -> Tensor {
        try #require(allKnown["\(stem(file))/\(name)"])
    }
    private func load(_ file: String) throws -> Model {
        try Model.load(fixture("former/" + file), seed: 1, communicator: SingleProcess())
    }

    @Test("files predict as in Keras 2", arguments: predicting)
    func predictions(_ file: String) throws {
        let x = try known(file, "x")
        // Of float16, where the type was read as float32.
        let tolerance = file.contains("mixed") ? 2e-3 : 1e-6
        #expect(try relativeError(load(file).predict(x), known(file, "predictions")) < tolerance)
    }

    /// The decay of the learning rate counts on from the file's count of steps.
    @Test(
        "files train on as in Keras 2",
        arguments: trained)
    func training(_ file: String) throws {
        let model = try load(file)
        let (x, y) = (try known(file, "x"), try known(file, "y"))
        let history = try model.fit(x, y, epochs: 3, batchSize: 4, verbose: 0, shuffle: false)
        let losses = try known(file, "loss").elements.map(Double.init)
        #expect(relativeError(try #require(history["loss"]), losses) < 1e-4)
        // Keras 2 has the weights of each layer in the same order; its state may lie in another place.
        for (index, weight) in try model.weights.enumerated() {
            #expect(relativeError(weight, try known(file, "end\(index)")) < 1e-4, "weight \(index)")
        }
    }

    @Test("what was read comes back from every form of file", arguments: files, ["keras", "h5"])
    func again(_ file: String, _ ending: String) throws {
        try withFolder { folder in
            let model = try load(file)
            try model.save("\(folder)/again.\(ending)")
            let again = try Model.load("\(folder)/again.\(ending)", seed: 1, communicator: SingleProcess())
            #expect(try again.weights == model.weights)
            guard let x = allKnown["\(stem(file))/x"] else { return }
            #expect(try again.predict(x) == model.predict(x))
            guard let y = allKnown["\(stem(file))/y"] else { return }
            let histories = try [model, again].map {
                try $0.fit(x, y, epochs: 2, batchSize: 4, verbose: 0, shuffle: false)["loss"]
            }
            #expect(histories[0] == histories[1])
        }
    }

    @Test("the JSON of Keras 1")
    func json() throws {
        let text = try String(contentsOfFile: fixture("former/keras1_words.json"), encoding: .utf8)
        let model = try Model.fromJSON(text, communicator: SingleProcess())
        #expect(try model.weights.map(\.shape) == load("keras1_words.h5").weights.map(\.shape))
    }

    @Test("Keras 1's layers with arguments that have no counterpart are errors that name them")
    func keras1Errors() throws {
        func error(_ layer: String, input: String = "[null, 4]") -> String {
            let first =
                #"{"class_name": "InputLayer", "config": {"name": "i", "batch_input_shape": \#(input), "input_dtype": "float32"}}"#
            let text = #"{"class_name": "Sequential", "keras_version": "1.2.2", "config": [\#(first), \#(layer)]}"#
            do {
                _ = try Model.fromJSON(text, communicator: SingleProcess())
                return "no error"
            } catch { return "\(error)" }
        }
        let images = "[null, 4, 4, 2]"
        let convolution = #""nb_filter": 2, "nb_row": 3, "nb_col": 3"#
        let cases = [
            (
                #"{"class_name": "Convolution2D", "config": {"name": "it", \#(convolution), "border_mode": "full"}}"#,
                "padding"
            ),
            (#"{"class_name": "BatchNormalization", "config": {"name": "it", "mode": 1}}"#, "mode"),
            (
                #"{"class_name": "Embedding", "config": {"name": "it", "input_dim": 3, "output_dim": 2, "dropout": 0.5}}"#,
                "dropout"
            ),
            (
                #"{"class_name": "Dense", "config": {"name": "it", "output_dim": 2, "init": "other"}}"#,
                "kernel_initializer"
            ),
        ]
        for (layer, argument) in cases {
            let text = error(layer, input: images)
            #expect(text.hasPrefix("JSON: layer 'it': \(argument) must be "), "\(text)")
        }
        // Theano's order of the dimensions is that of channels_first.
        let arguments = convolution + #", "dim_ordering": "th""#
        let theano = #"{"class_name": "Convolution2D", "config": {"name": "it", \#(arguments)}}"#
        #expect(error(theano, input: "[null, 2, 4, 4]") == "no error")
        let merge = error(#"{"class_name": "Merge", "config": {"name": "it", "mode": "cov"}}"#)
        #expect(merge.contains("unknown layer class, received: 'Merge'"), "\(merge)")
    }

    @Test("a dropout that is called as in training drops in prediction, other elements in each batch")
    func dropping() throws {
        let (x, model) = (Tensor.full([64, 4], 1), try load("keras2_dropping.h5"))
        let first = try model.predict(x, batchSize: 16)
        #expect(first.elements.allSatisfy { $0 == 0 || $0 == 2 } && (0.35...0.65).contains(first.mean / 2))
        #expect(first.rows(0..<16) != first.rows(16..<32))
        #expect(try model.predict(x, batchSize: 16) != first)
    }

    @Test("a normalization that is called as in training evaluates and predicts by each batch, and leaves its state")
    func normalizing() throws {
        let (name, model) = ("keras2_normalizing.h5", try load("keras2_normalizing.h5"))
        let (x, y, before) = (try known(name, "x"), try known(name, "y"), try model.weights.map { $0.copy() })
        let loss = try model.evaluate(x, y, verbose: 0)["loss"]
        #expect(relativeError([try #require(loss)], [Double(try known(name, "evaluation")[0])]) < 1e-6)
        // Rows of a smaller batch are others.
        let expected = try known(name, "predictions")
        #expect(try relativeError(model.predict(x, batchSize: 8), expected) > 0.01)
        #expect(try model.weights == before)
        for ranks in [2, 3, 7] {
            let errors = try ThreadCluster.run(ranks) { communicator in
                try relativeError(
                    Model.load(fixture("former/" + name), seed: 1, communicator: communicator).predict(x), expected)
            }
            #expect(errors.allSatisfy { $0 < 1e-6 }, "\(ranks) ranks: \(errors)")
        }
    }

    @Test("a call as in training is passed over in a file of Keras 3, which does so itself")
    func passedOver() throws {
        let place = #"{"shape": [null, 4], "keras_history": ["i", 0, 0]}"#
        let source = #"{"class_name": "__keras_tensor__", "config": \#(place)}"#
        let text = #"""
            {"class_name": "Functional", "config": {"name": "m", "layers": [
              {"class_name": "InputLayer", "name": "i", "config": {"name": "i", "batch_shape": [null, 4]}, "inbound_nodes": []},
              {"class_name": "BatchNormalization", "name": "n", "config": {"name": "n", "epsilon": 1e-9},
               "inbound_nodes": [{"args": [\#(source)], "kwargs": {"training": true}}]}],
              "input_layers": [["i", 0, 0]], "output_layers": [["n", 0, 0]]}}
            """#
        let x = sample([6, 4], seed: 1)
        #expect(try relativeError(Model.fromJSON(text, communicator: SingleProcess()).predict(x), x) < 1e-6)
    }

    @Test("a layer that computes in Python is an error with its name, its arguments, and a Swift class in its place")
    func python() throws {
        let own = #"""
            {"module": "mine", "class_name": "Scale", "registered_name": "Mine>Scale",
             "config": {"name": "scale", "trainable": true, "dtype": "float32", "factor": 2.5, "times": 3}}
            """#
        let lambda =
            #"{"class_name": "Lambda", "config": {"name": "twice", "function": ["4wEA", null, null], "function_type": "lambda"}}"#
        func text(_ layer: String) -> String {
            #"""
            {"class_name": "Sequential", "config": {"name": "s", "layers": [
              {"module": "keras.layers", "class_name": "InputLayer", "config": {"name": "i", "batch_shape": [null, 4]}}, \#(layer)]}}
            """#
        }
        let arguments: ConfigurationValue = [
            "name": "scale", "trainable": true, "dtype": "float32", "factor": .real(2.5), "times": 3,
        ]
        let error = FormatError.model(
            file: "JSON", .ofPython(layer: "scale", className: "Scale", arguments: arguments))
        #expect(throws: error) { try Model.fromJSON(text(own), communicator: SingleProcess()) }
        let message = "\(error)"
        #expect(
            message.hasPrefix(
                "JSON: layer 'scale' is of a program's own class 'Scale', which computes in Python, with the arguments "
                    + "factor: 2.5, times: 3; write it in Swift, and load the file with custom: [Scale.self]:\n"))
        // The class below is what the message advises.
        for line in [
            "final class Scale: Layer {", "let properties = LayerProperties()",
            "@Configured(\"factor\") var factor: Double",
            "init(arguments: LayerArguments) throws(LayerError) {", "factor = try arguments.value(\"factor\")",
        ] { #expect(message.contains(line), "\(line)") }
        let model = try Model.fromJSON(text(own), custom: [Scale.self], communicator: SingleProcess())
        #expect(try model.predict(Tensor.full([2, 4], 1)).elements.allSatisfy { $0 == 7.5 })
        let other = #expect(throws: FormatError.self) {
            try Model.fromJSON(text(lambda), communicator: SingleProcess())
        }
        #expect("\(try #require(other))".hasPrefix("JSON: layer 'twice' is a Lambda, which computes in Python, with"))
    }
}

private final class Scale: Layer {
    let properties = LayerProperties()
    @Configured("factor") var factor: Double
    @Configured("times") var times: Int
    init(arguments: LayerArguments) throws(LayerError) {
        factor = try arguments.value("factor")
        times = try arguments.value("times")
    }
    func call(_ x: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] { [x[0] * Float(factor) * Float(times)] }
}
