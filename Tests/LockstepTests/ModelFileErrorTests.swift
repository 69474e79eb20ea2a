import Foundation
import Lockstep
import LockstepFormats
import TestSupport
import Testing

/// Whatever is wrong with a model's file is one error that names the file, and the layer and both shapes, or the
/// argument, where there are such.
@Suite struct ModelFileErrorTests {
    private func error(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "no error"
        } catch { return "\(error)" }
    }

    private func chain(_ units: Int, name: String = "dense_1") -> Sequential {
        Sequential([Dense(4, inputDim: 3, name: "dense"), Dense(units, name: name)], communicator: SingleProcess())
    }

    @Test(
        "weights of another model name the layer and both shapes; skipped layers stay as they are",
        arguments: ["weights.h5", "safetensors", "keras", "h5"])
    func shapes(_ ending: String) throws {
        try withFolder { folder in
            let file = "\(folder)/m.\(ending)"
            let written = chain(2)
            if ending == "keras" || ending == "h5" { try written.save(file) } else { try written.saveWeights(file) }
            let other = chain(5)
            let received = error { try other.loadWeights(file) }
            #expect(received == "\(file): layer 'dense_1': kernel must have the shape [4, 5], received: [4, 2]")
            let before = try other.weights
            #expect(try other.loadWeights(file, skipMismatch: true) == ["dense_1"])
            let after = try other.weights
            #expect(
                try sameBits(after[0], written.weights[0]) && sameBits(after[2], before[2])
                    && sameBits(after[3], before[3]))

            let longer = Sequential(
                [Dense(4, inputDim: 3), Dense(2), Dense(2, name: "last")], communicator: SingleProcess())
            let missing = error { try longer.loadWeights(file) }
            let expected =
                ending == "h5"
                ? "the model has 3 layers with weights (dense, dense_1, last), received: 2 (dense, dense_1)"
                : "layer 'last': arrays expected for kernel, bias, received: none"
            #expect(missing == "\(file): \(expected)")
            let plain = Sequential(
                [Dense(4, useBias: false, inputDim: 3, name: "dense"), Dense(2)], communicator: SingleProcess())
            #expect(
                error { try plain.loadWeights(file) }
                    == (ending == "safetensors"
                        ? "\(file): not a safetensors file: it has tensors of no layer of the model: dense/bias"
                        : "\(file): layer 'dense': arrays expected for kernel, received: 2 of the shapes [3, 4], [4]"))
        }
    }

    @Test("files of another form, and of weights alone, are refused with what is expected")
    func forms() throws {
        try withFolder { folder in
            let file = folder + "/m.keras"
            for (text, expected) in [
                (
                    "",
                    "not a model file: a zip archive (.keras), HDF5 (.h5) or JSON (.json) is expected, and it is empty"
                ),
                ("hello", "HDF5 (.h5) or JSON (.json) is expected, and it begins as none of these"),
                ("PK\u{3}\u{4}hello", "cut short: it begins as a zip archive, and its end is missing"),
                ("  {", "not a JSON file"),
                (#"{"weight_map": {}}"#, "weights in several files, a .weights.json, is not supported"),
                (
                    #"{"class_name": "Other", "config": {}}"#,
                    "it holds a model of the class 'Other', a subclassed model"
                ),
            ] {
                try Data(text.utf8).write(to: URL(filePath: file))
                let received = error { _ = try Model.load(file) }
                #expect(received.hasPrefix(file + ": ") && received.contains(expected), "\(text): \(received)")
            }
            for ending in ["weights.h5", "safetensors"] {
                let weights = "\(folder)/m.\(ending)"
                try chain(2).saveWeights(weights)
                #expect(throws: FormatError.weightsAlone(file: weights)) { try Model.load(weights) }
            }
            let json = folder + "/m.json"
            try chain(2).save(json)
            #expect(throws: FormatError.architectureAlone(file: json)) { try chain(2).loadWeights(json) }
            #expect(
                error { try chain(2).loadWeights(fixture("images-idx3-ubyte.gz")) }.contains(
                    "HDF5 (.weights.h5, .h5), a zip archive"))
            let unbuilt = Sequential([Dense(2)], communicator: SingleProcess())
            #expect(
                error { try unbuilt.save(file) }.contains("the input shape of the first layer 'dense' is not known"))
            for name in ["m.pb", "m.weights.h5", "m.safetensors"] {
                #expect(throws: FormatError.unknownName(file: name, expected: ".keras, .h5, .hdf5 or .json")) {
                    try chain(2).save(name)
                }
            }
            for name in ["m.pb", "m.keras", "m.h5", "m.json"] {
                #expect(throws: FormatError.unknownName(file: name, expected: ".weights.h5 or .safetensors")) {
                    try chain(2).saveWeights(name)
                }
            }
        }
    }

    /// A file of Keras's with another training configuration.
    private func changed(_ folder: String, _ change: (inout ConfigurationValue) -> Void) throws -> String {
        var root = try HDF5.read(fixture("models/dense.h5"))
        var configuration = try Json.parse(Array(#require(root.attributes["training_config"]?.string).utf8), file: "")
        change(&configuration)
        root.attributes["training_config"] = .string(try Json.text(configuration, file: ""))
        let file = folder + "/m.h5"
        try Data(HDF5.encode(root, file: file)).write(to: URL(filePath: file))
        return file
    }

    @Test("what a file was compiled with and is not supported is named; without it the file loads")
    func compilation() throws {
        try withFolder { folder in
            func set(_ path: [String], _ value: ConfigurationValue) -> (inout ConfigurationValue) -> Void {
                { configuration in configuration = configuration.setting(path[...], value) }
            }
            let schedule: ConfigurationValue = ["class_name": "Warmup", "config": [:]]
            let adam = ["optimizer_config", "config"]
            for (change, expected) in [
                (
                    set(["optimizer_config", "class_name"], "Novel"),
                    "unknown optimizer, received: 'Novel'; known are adadelta, adafactor, adagrad, adam, "
                ),
                (
                    set(adam + ["loss_scale_factor"], 2),
                    "optimizer Adam: loss_scale_factor must be null, for it is not supported, received: 2"
                ),
                (set(adam + ["clipnorm"], "1"), #"optimizer Adam: clipnorm must be a number, received: "1""#),
                (set(adam + ["clipvalue"], -1), "optimizer adam: clipvalue must be from "),
                (
                    set(adam + ["weight_decay"], .real(-0.1)),
                    "optimizer adam: weightDecay must be from 0.0, received: -0.1"
                ),
                (set(adam + ["use_ema"], true), "optimizer Adam: what it remembers must be 24 arrays, received: 18"),
                (
                    set(adam + ["learning_rate"], schedule),
                    "optimizer Adam: learning_rate must be a number or a schedule of the class CosineDecay, CosineDecayRestarts, "
                ),
                (set(adam + ["beta_1"], 2), "optimizer adam: beta1 must be from 0.0 to"),
                (set(adam + ["amsgrad"], false), "optimizer Adam: what it remembers must be 12 arrays, received: 18"),
                (
                    set(["optimizer_config"], ["class_name": "SGD", "config": ["momentum": .real(0.5)]]),
                    "optimizer SGD: what it remembers must be 6 arrays"
                ),
                (set(["loss"], "pinball"), "unknown loss, received: 'pinball'; known are bce, binary_crossentropy, "),
                (
                    set(["loss"], ["class_name": "MeanSquaredError", "config": ["reduction": "product"]]),
                    #"loss MeanSquaredError: reduction must be "sum_over_batch_size", "sum", "mean_with_sample_weight", received: "product""#
                ),
                (
                    set(["loss"], ["class_name": "SparseCategoricalCrossentropy", "config": ["ignore_class": "0"]]),
                    "loss SparseCategoricalCrossentropy: ignore_class must be a whole number of 32 bits, received: \"0\""
                ),
                (
                    set(["metrics"], ["accuracy", "area"]),
                    "unknown metric, received: 'area'; known are acc, accuracy, "
                ),
                (
                    set(["metrics"], [["class_name": "Area", "config": [:]]]),
                    "unknown metric, received: 'Area'"
                ),
                (
                    set(
                        ["metrics"],
                        [["class_name": "BinaryAccuracy", "config": ["threshold": "high", "name": "b"]]]),
                    "metric b: threshold must be a number, received: \"high\""
                ),
                (
                    set(["weighted_metrics"], ["area"]),
                    "unknown metric, received: 'area'; known are "
                ),
                (
                    set(["loss_weights"], [.real(0.3), 1]),
                    "the training configuration: loss_weights must be one for each of the outputs"
                ),
            ] as [((inout ConfigurationValue) -> Void, String)] {
                let file = try changed(folder, change)
                let received = error { _ = try Model.load(file) }
                #expect(
                    received.hasPrefix("\(file): \(expected)")
                        && received.hasSuffix("; load it with compile: false and compile it anew"),
                    "\(received)")
                let model = try Model.load(file, compile: false, communicator: SingleProcess())
                #expect(model.optimizer == nil)
            }
            let without = try changed(folder, set(["loss"], .null))
            #expect(try Model.load(without).optimizer == nil)
        }
    }

    /// Oracle: `tf_keras.optimizers.legacy.RMSprop`, which has the momentum's formula from TensorFlow, and the other of
    /// its own.
    @Test(
        "an optimizer of Keras 2 that goes on otherwise is told",
        arguments: [
            ("RMSprop", 0, true, true), ("RMSprop", 0.5, true, false), ("RMSprop", 0, false, false),
            ("SGD", 0, true, false),
        ])
    func differences(_ optimizer: String, momentum: Double, isLegacy: Bool, differs: Bool) throws {
        try withFolder { folder in
            let file = try changed(folder) { configuration in
                var arguments: [String: ConfigurationValue] = ["momentum": ConfigurationValue(momentum)]
                if isLegacy { arguments["decay"] = 0 }
                let value: ConfigurationValue = ["class_name": .string(optimizer), "config": .object(arguments)]
                configuration = configuration.setting(["optimizer_config"], value)
            }
            let training = try ModelFile([UInt8](Data(contentsOf: URL(filePath: file))), file: file).training(outputs: [
                "y"
            ])
            #expect((training?.difference != nil) == differs)
        }
    }

    /// What is left of `models/dense.h5`, which has Adam, the categorical crossentropy, and two metrics.
    struct Left {
        let change: ([String], ConfigurationValue)
        let part: CompilationPart
        var optimizer = "Adam"
        var loss: String? = "categorical_crossentropy"
        var metrics = ["accuracy", "error"]
        var remembers = true
    }

    /// Oracle: the file as it was.
    @Test(
        "what is not supported of how a model was compiled is left out where it is not needed, and the rest is kept and written",
        arguments: [
            Left(
                change: (["optimizer_config", "class_name"], "Novel"), part: .optimizer, optimizer: "RMSprop",
                remembers: false),
            Left(change: (["optimizer_config", "config", "loss_scale_factor"], 1), part: .optimizer),
            Left(change: (["optimizer_config", "config", "amsgrad"], false), part: .optimizer, remembers: false),
            Left(change: (["loss"], "pinball"), part: .loss, loss: nil),
            Left(change: (["metrics"], ["area", "accuracy"]), part: .metrics, metrics: ["accuracy"]),
            Left(change: (["metrics"], ["area"]), part: .metrics, metrics: []),
            Left(change: (["loss_weights"], [2, 3]), part: .loss),
            Left(change: (["weighted_metrics"], ["area"]), part: .metrics),
        ])
    func leftOut(_ left: Left) throws {
        try withFolder { folder in
            let file = try changed(folder) { $0 = $0.setting(left.change.0[...], left.change.1) }
            for part in CompilationPart.allCases {
                let received = error { _ = try Model.load(file, needing: [part], communicator: SingleProcess()) }
                #expect((received == "no error") == (part != left.part), "\(part): \(received)")
            }
            let model = try Model.load(file, needing: [], reporting: [.loss], communicator: SingleProcess())
            #expect(model.loss?.name == left.loss)
            // What goes on to another file, and from there to one more.
            try model.save(folder + "/b.keras")
            try Model.load(folder + "/b.keras", needing: [], reporting: [.loss], communicator: SingleProcess()).save(
                folder + "/c.h5")
            let root = try HDF5.read(folder + "/c.h5")
            let training = try Json.parse(Array(#require(root.attributes["training_config"]?.string).utf8), file: "")
            #expect(training["optimizer_config"]?["class_name"]?.string == left.optimizer)
            #expect(training["loss"]?["config"]?["name"]?.string == left.loss)
            #expect(training["metrics"]?.list?.map { $0.string ?? $0["config"]?["name"]?.string } == left.metrics)
            let before = try #require(try HDF5.read(fixture("models/dense.h5")).group(at: "optimizer_weights"))
            let after = try #require(try root.group(at: "optimizer_weights"))
            func remembered(_ group: HDF5Group) throws -> [HDF5Dataset?] {
                try #require(group.strings("weight_names")).map { try group.dataset(at: $0) }
            }
            #expect(try (remembered(before) == remembered(after)) == left.remembers)
        }
    }

    /// Oracle: the names that Keras reports them under.
    @Test("metrics in lists, by the output's name, as functions and objects keep their names")
    func metrics() throws {
        func object(_ className: String, _ name: String? = nil) -> ConfigurationValue {
            ["class_name": .string(className), "config": name.map { ["name": .string($0)] } ?? [:]]
        }
        let function: ConfigurationValue = [
            "module": "builtins", "class_name": "function", "config": "mean_absolute_error",
        ]
        let wrapped: ConfigurationValue = [
            "class_name": "MeanMetricWrapper", "config": ["name": "acc", "fn": "categorical_accuracy"],
        ]
        for (value, names) in [
            (.null, []), ("mse", ["mse"]), (["acc", "ACC", "Accuracy"], ["acc", "ACC", "Accuracy"]),
            ([["accuracy"], ["mae"]], ["accuracy", "mae"]),
            (["dense_1": ["mse"], "a": "accuracy"], ["accuracy", "mse"]),
            ([function, wrapped], ["mean_absolute_error", "acc"]),
            (
                [object("MeanSquaredError"), object("SparseCategoricalAccuracy", "mine")],
                ["mean_squared_error", "mine"]
            ),
            (["mse", "mse", object("MeanSquaredError", "mse")], ["mse", "mse_1", "mse_2"]),
        ] as [(ConfigurationValue, [String])] {
            let (metrics, unsupported) = Metric.configured(value)
            #expect(metrics.map(\.name) == names && unsupported.isEmpty)
            // As it is written it comes back.
            #expect(try Metric.configured(.list(metrics.map { try $0.configurationValue() })).metrics == metrics)
        }
    }

    @Test("a program's own layer is saved and loaded with its weights; a program's own optimizer is not")
    func custom() throws {
        try withFolder { folder in
            for ending in ["keras", "h5"] {
                let file = "\(folder)/m.\(ending)"
                let model = Sequential(
                    [Dense(3, inputDim: 2), Shift(), Shift(), Dense(1)], communicator: SingleProcess())
                try model.setWeights(model.weights.enumerated().map { Tensor.full($1.shape, Float($0)) })
                try model.save(file)
                let again = try Model.load(file, custom: [Shift.self], communicator: SingleProcess())
                #expect(try again.weights == model.weights)
                #expect(
                    error { _ = try Model.load(file) }.contains("layer 'shift' is of a program's own class 'Shift'"))
                try model.compile(optimizer: Own(), loss: .mse)
                #expect(
                    error { try model.save(file) }
                        == "\(file): cannot be written: the optimizer of the class 'Own' cannot be written: only Keras's have a form in its files"
                )
            }
        }
    }
}

/// Adds a parameter.
private final class Shift: Layer {
    static let className = "Shift"
    let properties = LayerProperties()
    private var shift: Weight!
    init() {}
    convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }
    func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        shift = try weights.add("shift", try single(inputs), .zeros)
    }
    func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] { inputs }
}

private struct Own: Optimizer {
    let name = "own"
    var options = OptimizerOptions()
    var slotNames: [[String]] { [] }
    func validate() throws(LayerError) {}
    func update(_ values: Tensor, gradients: Tensor, scale: Float, iteration: Int, slots: [Tensor], on crew: Crew) {}
}

extension ConfigurationValue {
    fileprivate func setting(_ path: ArraySlice<String>, _ value: ConfigurationValue) -> ConfigurationValue {
        guard let name = path.first else { return value }
        var values = object ?? [:]
        values[name] = (values[name] ?? .null).setting(path.dropFirst(), value)
        return .object(values)
    }
}
