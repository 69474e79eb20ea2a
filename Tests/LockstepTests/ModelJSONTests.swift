import Foundation
import Lockstep
import LockstepFormats
import TestSupport
import Testing

/// Oracle: real Keras, which wrote the models and computed the predictions. `make.py` also checks that Keras reads the
/// files `written-….json`, which must be what is written here.
@Suite struct ModelJSONTests {
    @Test(
        "models that Keras wrote predict what Keras does",
        arguments: ["chain", "branches", "reader", "pooled", "keras2_chain", "keras2_branches", "keras2_reader"])
    func keras(_ name: String) throws {
        let known = try Npz.read(fixture(name.hasPrefix("keras2") ? "models-keras2.npz" : "models.npz"))
        let model = try Model.load(fixture("model-\(name).json"), communicator: SingleProcess())
        #expect(model.name == name && model is Sequential == !name.hasSuffix("branches"))
        try model.setWeights(model.weights.indices.map { known["\(name)/weights\($0)"]! })
        #expect(relativeError(try model.predict(known["\(name)/x"]!), known["\(name)/y"]!) < 2e-5)
        // What is written of it is read as the same model.
        let again = try Model.fromJSON(model.toJSON(), communicator: SingleProcess())
        #expect(try again.toJSON() == model.toJSON() && type(of: again) == type(of: model))
        try again.setWeights(model.weights)
        #expect(try again.predict(known["\(name)/x"]!) == model.predict(known["\(name)/x"]!))
    }

    @Test("what is written is what Keras writes", arguments: ["chain", "branches", "reader", "pooled"])
    func written(_ name: String) throws {
        let model = try Model.load(fixture("model-\(name).json"))
        let keras = try Json.parse(Array(Data(contentsOf: URL(filePath: fixture("model-\(name).json")))), file: "")
        #expect(essence(try Json.parse(Array(model.toJSON().utf8), file: "")) == essence(keras))
        try compare(model, "written-\(name).json")
    }

    /// A configuration without what makes no difference: what Keras notes of versions, building and compiling;
    /// arguments that are null or Keras's defaults, in calls too; Dropout's seed, which is the model's here; the long
    /// form of a type.
    private func essence(_ value: ConfigurationValue) -> ConfigurationValue {
        if value["class_name"] == "DTypePolicy" { return value["config"]?["name"] ?? .null }
        if let list = value.list { return .list(list.map(essence)) }
        guard let object = value.object else { return value }
        var result = object.mapValues(essence).filter { $0.value != .null }
        let passedOver = [
            "build_config", "build_input_shape", "compile_config", "optional", "ragged", "training", "unroll",
            "renorm_momentum",
            "zero_output_for_mask",
        ]
        for name in passedOver { result[name] = nil }
        if result["rate"] != nil { result["seed"] = nil }
        if value["class_name"] == "LeakyReLU" || value["class_name"] == "ELU" {
            result["config"] = .object(
                (result["config"]?.object ?? [:]).filter { !["name", "trainable", "dtype"].contains($0.key) })
        }
        return .object(result)
    }

    @Test("every activation and initializer is written as Keras reads it, and comes back")
    func arguments() throws {
        let initializers: [Initializer] = [
            .zeros, .ones, .constant(0.3), .randomNormal(mean: 1, standardDeviation: 0.2, seed: 3), .truncatedNormal,
            .randomUniform(low: -2, high: 0.1), .glorotUniform, .glorotNormal, .heUniform, .heNormal, .lecunUniform,
            .lecunNormal,
            .varianceScaling(scale: 0.7, mode: .fanOut, distribution: .untruncatedNormal, seed: 12),
            .orthogonal(gain: 2, seed: 5),
            .identity(gain: 0.5),
        ]
        let functions =
            try ActivationFunction.names.filter { $0 != "glu" }.map { try ActivationFunction.named($0) }
            + [.leakyRelu(negativeSlope: 0.15), .elu(alpha: 0.7)]
        let layers = functions.enumerated().map { index, function in
            Dense(4, activation: function, kernelInitializer: initializers[index % initializers.count])
        }
        let model = Sequential([InputLayer([4, 4])] + layers, name: "arguments")
        try compare(model, "written-arguments.json")
        let again = try Model.fromJSON(model.toJSON())
        for (layer, other) in zip(layers, again.layers) {
            let other = try #require(other as? Dense)
            #expect(other.activation == layer.activation && other.kernelInitializer == layer.kernelInitializer)
        }
    }

    /// A failure names a file that holds what was written; once `make.py` found it good it is the new fixture.
    private func compare(_ model: Model, _ name: String) throws {
        let text = try model.toJSON() + "\n"
        guard text != (try? String(contentsOfFile: fixture(name), encoding: .utf8)) else { return }
        let path = FileManager.default.temporaryDirectory.path + "/" + name
        try writeText(text, to: path)
        Issue.record("\(path) is not the fixture")
    }

    @Test("activations that Keras has no form for come back too")
    func ownActivations() throws {
        let functions: [ActivationFunction] = [
            .celu(alpha: 2), .softShrink(threshold: 0.1), .hardShrink(threshold: 0.2), .squareplus(b: 1),
            .threshold(0.3, value: -1),
            .gelu(approximate: true), .glu, .keras2HardSigmoid,
        ]
        let model = Sequential([InputLayer([4])] + functions.map { Activation($0) })
        let again = try Model.fromJSON(model.toJSON())
        #expect(again.layers.compactMap { ($0 as? Activation)?.function } == functions)
    }

    @Test("a model whose input shape is not known yet is written without it")
    func unbuilt() throws {
        let model = Sequential([Flatten(), Dense(2)])
        let again = try Model.fromJSON(model.toJSON(), communicator: SingleProcess())
        #expect(again.layers.map(\.name) == ["flatten", "dense"])
        #expect(try again.predict(Tensor.ones([3, 4, 5])).shape == [3, 2])
        #expect(throws: LayerError.self) { try Model.fromJSON(model.toJSON()).inputShape }
    }

    /// Oracle: the formulas of the two versions of Keras.
    @Test(
        "hard_sigmoid is that of the Keras that wrote the text",
        arguments: [
            (#", "keras_version": "2.15.0""#, 0.2), (#", "keras_version": "2.2.4-tf""#, 0.2),
            (#", "keras_version": "3.0.0""#, 1 / 6.0),
            ("", 1 / 6.0),
        ])
    func hardSigmoid(_ version: String, slope: Double) throws {
        let text =
            #"{"class_name": "Sequential", "config": {"layers": [{"class_name": "Activation", "config": {"name": "a", "activation": "#
            + #""hard_sigmoid", "batch_input_shape": [null, 3]}}]}\#(version)}"#
        let model = try Model.fromJSON(text, communicator: SingleProcess())
        let x = try Tensor([-1, 0.5, 2]).reshaped([1, 3])
        let expected = x.map { Float(slope) * $0 + 0.5 }
        for model in [model, try Model.fromJSON(model.toJSON(), communicator: SingleProcess())] {
            #expect(relativeError(try model.predict(x), expected) < 1e-6)
        }
    }

    @Test("initializers of the Keras in TensorFlow 1 have a type")
    func typedInitializers() throws {
        let zeros = #"{"class_name": "Zeros", "config": {"dtype": "float32"}}"#
        let text =
            #"{"class_name": "Sequential", "config": {"layers": [{"class_name": "Dense", "config": {"name": "a", "units": 2, "#
            + #""kernel_initializer": \#(zeros), "batch_input_shape": [null, 3]}}]}, "keras_version": "2.2.4-tf"}"#
        #expect((try Model.fromJSON(text).layers[0] as? Dense)?.kernelInitializer == .zeros)
        // Other floats are read as float32.
        #expect(throws: Never.self) { try Model.fromJSON(text.replacingOccurrences(of: "float32", with: "float16")) }
        #expect(throws: FormatError.self) { try Model.fromJSON(text.replacingOccurrences(of: "float32", with: "int8")) }
    }

    @Test("older forms of Keras 2: the layers alone, the input's shape in the first layer or in the model")
    func older() throws {
        let dense =
            #"{"class_name": "Dense", "config": {"units": 3, "kernel_initializer": {"class_name": "VarianceScaling", "config": "#
            + #"{"scale": 1.0, "mode": "fan_avg", "distribution": "normal", "seed": null}}, "name": "a", "trainable": true"#
        let first = #"{"class_name": "Sequential", "config": [\#(dense), "batch_input_shape": [null, 7]}}]}"#
        #expect(try Model.fromJSON(first).inputShape == [7])
        let built = #"{"class_name": "Sequential", "config": {"layers": [\#(dense)}}], "build_input_shape": [32, 5]}}"#
        let model = try Model.fromJSON(built)
        #expect(try model.inputShape == [5] && model.outputShape == [3])
        #expect((model.layers[0] as? Dense)?.kernelInitializer == .glorotNormal)
    }

    @Test("a program's own layer is written and read")
    func custom() throws {
        struct Multiply: Lockstep.Operation {
            let factor: Float
            func outputs(_ inputs: [TensorSpec]) -> [TensorSpec] { inputs }
            func forward(_ pass: ForwardPass) { pass.outputs[0].assign(pass.inputs[0] * factor) }
            func backward(_ pass: BackwardPass) { pass.inputGradients[0]?.assign(pass.outputGradient * factor) }
        }
        final class Scale: Layer {
            let properties = LayerProperties()
            @Configured var factor: Double
            @Configured var isNegative: Bool
            init(_ factor: Double, isNegative: Bool = false) {
                self.factor = factor
                self.isNegative = isNegative
            }
            convenience init(arguments: LayerArguments) throws(LayerError) { self.init(try arguments.value("factor")) }
            func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] {
                inputs[0].applying(Multiply(factor: Float(isNegative ? -factor : factor)))
            }
        }
        for isNegative in [false, true] {
            let text = try Sequential([InputLayer([2]), Scale(3, isNegative: isNegative)]).toJSON()
            let model = try Model.fromJSON(text, custom: [Scale.self], communicator: SingleProcess())
            #expect(try model.predict(Tensor.ones([1, 2])) == .full([1, 2], isNegative ? -3 : 3))
        }
        let text = try Sequential([InputLayer([2]), Scale(3)]).toJSON()
        #expect(throws: FormatError.self) { try Model.fromJSON(text) }
    }
}
