import Foundation
import Lockstep
import TestSupport
import Testing

/// The command line, alone and under mpirun. Oracles: what real Keras noted of the models it wrote
/// (`Tests/Fixtures/make.py`), and the run in one process.
@Suite(.serialized) struct ModelCommandTests {
    private let data = fixture("models/known.npz")

    private func known(_ name: String) throws -> [String: Tensor] {
        let arrays = try Npz.read(data).filter { $0.key.hasPrefix(name + "/") }
        return Dictionary(uniqueKeysWithValues: arrays.map { (String($0.key.dropFirst(name.count + 1)), $0.value) })
    }

    /// Runs the command and expects it to end well.
    private func run(_ arguments: [String], ranks: Int? = nil) throws -> String {
        let outcome = try Programs.run("lockstep", arguments, ranks: ranks)
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(arguments): \(outcome.errors)")
        return outcome.output
    }

    /// The arguments of a training on the data of a model.
    private func training(_ file: String) -> [String] {
        let name = file.prefix { $0 != "." }
        return [
            "train", fixture("models/" + file), "--x", "\(data):\(name)/x", "--y", "\(data):\(name)/y", "--verbose",
            "0",
        ]
    }

    @Test(
        "train goes on as in Keras, and writes what evaluate, predict and Keras's histories hold",
        arguments: ["dense.keras", "images.h5", "words.keras", "branches.h5"], [nil, 1, 2, 3])
    func train(_ file: String, ranks: Int?) throws {
        let known = try known(String(file.prefix { $0 != "." }))
        let folder = try Programs.temporaryFolder()
        let output = try run(
            training(file) + [
                "--epochs", "3", "--batch-size", "8", "--no-shuffle", "--output", folder + "/trained.keras",
                "--history",
                folder + "/history.json", "--plot", folder + "/history.png",
            ], ranks: ranks)
        #expect(output.isEmpty, "\(output)")
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == [
                "history.json", "history.png", "trained.keras",
            ])
        let history = try History(file: folder + "/history.json")
        #expect(
            Set(history.names) == Set(known.keys.filter { $0.hasPrefix("history/") }.map { String($0.dropFirst(8)) }))
        for name in history.names {
            #expect(
                relativeError(history[name]!, known["history/" + name]!.elements.map(Double.init)) < 1e-4,
                "\(name): \(history[name]!)")
        }
        for (index, weights) in try Model.load(folder + "/trained.keras", communicator: SingleProcess()).weights
            .enumerated()
        {
            #expect(relativeError(weights, known["end\(index)"]!) < 1e-3, "weights \(index)")
        }
    }

    @Test("evaluate and predict as in Keras", arguments: ["dense", "images", "words", "branches"], [nil, 3])
    func inference(_ name: String, ranks: Int?) throws {
        let (x, y) = (["--x", "\(data):\(name)/x"], ["--y", "\(data):\(name)/y"])
        let scores = try Npz.read(fixture("scores.npz"), name).elements.map(Double.init)
        for batchSize in ["7", "32"] {
            let text = try run(
                ["evaluate", fixture("models/\(name).keras"), "--batch-size", batchSize] + x + y, ranks: ranks)
            let lines = text.split(separator: "\n")
            #expect(lines.first?.hasPrefix("loss: ") == true && lines.count == scores.count, "\(text)")
            #expect(
                relativeError(lines.compactMap { Double($0.split(separator: " ").last ?? "") }, scores) < 2e-5,
                "\(text)")
        }
        let json = try run(["evaluate", fixture("models/\(name).h5"), "--json"] + x + y, ranks: ranks)
        let values = try JSONDecoder().decode([String: Double].self, from: Data(json.utf8))
        #expect(values.count == scores.count && relativeError([values["loss"]!], [scores[0]]) < 2e-5, "\(json)")

        let output = try Programs.temporaryFolder() + "/predictions.npy"
        _ = try run(
            ["predict", fixture("models/\(name).h5"), "--output", output, "--batch-size", "7"] + x, ranks: ranks)
        #expect(relativeError(try Npy.read(output), try known(name)["predictions"]!) < 2e-5)
    }

    @Test("MNIST's files, flat and with other dimensions of 1, are the same numbers", arguments: [nil, 2])
    func images(ranks: Int?) throws {
        let folder = try Programs.temporaryFolder()
        let x = try Idx.read(fixture("images-idx3-ubyte.gz")) / 255
        let y = try Idx.read(fixture("labels-idx1-ubyte.gz"))
        try Npy.write(try x.reshaped([3, 6]), to: folder + "/flat.npy")
        for shape in [[6], [3, 2], [3, 2, 1], [1, 3, 2]] as [Shape] {
            let model = Sequential(
                [InputLayer(shape), Flatten(), Dense(10, activation: .softmax)], seed: 1, communicator: SingleProcess())
            try model.compile(optimizer: .sgd, loss: .sparseCategoricalCrossentropy, metrics: [.accuracy])
            try model.save(folder + "/model.keras")
            let expected = try model.fit(x.reshaped(shape.rows(3)), y, epochs: 3, verbose: 0, shuffle: false)
            let common = ["train", folder + "/model.keras", "--epochs", "3", "--no-shuffle", "--verbose", "0"]
            for inputs in [["--x", fixture("images-idx3-ubyte.gz"), "--scale", "255"], ["--x", folder + "/flat.npy"]] {
                let files = ["--y", fixture("labels-idx1-ubyte.gz"), "--history", folder + "/history.csv"]
                _ = try run(common + inputs + files, ranks: ranks)
                let history = try History(file: folder + "/history.csv")
                for name in expected.names {
                    #expect(relativeError(history[name]!, expected[name]!) < 1e-5, "\(shape), \(name)")
                }
            }
        }
    }

    /// Oracle: the same in one process, and without the class weights something else.
    @Test(
        "tables, class weights, validation data and the mode of the same bits: files of the same bytes on any number of ranks"
    )
    func anyRanks() throws {
        let digits = repository + "/examples/data/digits"
        func files(ranks: Int?, _ more: [String]) throws -> [Data] {
            let folder = try Programs.temporaryFolder()
            let output = ["--output", folder + "/a.h5", "--history", folder + "/a.csv"]
            _ = try run(
                [
                    "train", digits + ".json", "--x", digits + ".csv.gz:0-63", "--y", digits + ".csv.gz:64", "--scale",
                    "16", "--loss",
                    "sparse_categorical_crossentropy", "--metrics", "accuracy", "--batch-size", "250", "--validation-x",
                    digits + ".csv.gz:0-63", "--validation-y", digits + ".csv.gz:64", "--seed", "1", "--reproducible",
                    "8", "--verbose",
                    "0",
                ] + more + output, ranks: ranks)
            return try ["a.h5", "a.csv"].map { try Data(contentsOf: URL(filePath: "\(folder)/\($0)")) }
        }
        let expected = try files(ranks: nil, ["--class-weight", "0:2,9:0.5"])
        for ranks in [2, 3] {
            #expect(try files(ranks: ranks, ["--class-weight", "0:2,9:0.5"]) == expected, "\(ranks) ranks")
        }
        #expect(try files(ranks: nil, []) != expected)
    }

    /// Oracle: the same tables as arrays of numbers, with the classes numbered by hand in sorted order.
    @Test(
        "tables of data frames with names of classes train as arrays do, and the names keep their numbers",
        arguments: [nil, 2])
    func classes(ranks: Int?) throws {
        let folder = try Programs.temporaryFolder()
        func file(_ name: String) -> String { "\(folder)/\(name)" }
        let x = sample([30, 2], seed: 4)
        let names = ["dog", "ant", "cat"]
        let rows = (0..<30).map { "\($0),\(x[$0, 0]),a b,\(x[$0, 1]),\(names[$0 % 3])" }
        try writeText(([",width,comment,height,kind"] + rows).joined(separator: "\n"), to: file("all.csv"))
        try writeText(([",width,comment,height,kind"] + rows[2...3]).joined(separator: "\n"), to: file("part.csv"))
        try writeText("kind\nrat\n", to: file("rat.csv"))
        try Npy.write(x, to: file("x.npy"))
        try Npy.write(Tensor((0..<30).map { [2, 0, 1][$0 % 3] }), to: file("y.npy"))
        let model = Sequential([Dense(3, activation: .softmax, inputDim: 2)], seed: 1, communicator: SingleProcess())
        try model.compile(optimizer: .sgd, loss: .sparseCategoricalCrossentropy, metrics: [.accuracy])
        try model.save(file("model.keras"))

        func train(_ x: String, _ y: String, _ output: String, _ more: [String] = []) throws -> Outcome {
            let arguments = [
                "train", file("model.keras"), "--x", file(x), "--y", file(y), "--output", file(output), "--seed", "1",
            ]
            let outcome = try Programs.run(
                "lockstep", arguments + ["--verbose", "0", "--reproducible", "2"] + more, ranks: ranks)
            #expect(outcome.status == 0 && outcome.output.isEmpty, "\(outcome)")
            return outcome
        }
        #expect(try train("x.npy", "y.npy", "numbers.safetensors").errors.isEmpty)
        let told = try train("all.csv:width,height", "all.csv:kind", "named.safetensors").errors
        #expect(
            told.components(separatedBy: "all.csv: the first column counts the rows from 0 and is left out").count == 2,
            "\(told)")
        let classes = "all.csv:kind: classes 'ant' = 0, 'cat' = 1, 'dog' = 2, kept in \(file("named.classes.json"))\n"
        #expect(told.components(separatedBy: classes).count == 2, "\(told)")
        let bytes = try ["numbers", "named"].map { try Data(contentsOf: URL(filePath: file($0 + ".safetensors"))) }
        #expect(bytes[0] == bytes[1])
        #expect(try ClassNames(file: file("named.classes.json")).names == ["ant", "cat", "dog"])
        #expect(!FileManager.default.fileExists(atPath: file("numbers.classes.json")))

        // Two of the classes, which would get other numbers by themselves.
        func evaluate(_ y: String, _ more: [String] = []) throws -> Outcome {
            let weights = ["--weights", file("named.safetensors"), "--x", file("part.csv:width,height"), "--y", y]
            return try Programs.run(
                "lockstep", ["evaluate", file("model.keras"), "--json"] + weights + more, ranks: ranks)
        }
        try Npy.write(Tensor([1, 2]), to: file("two.npy"))
        let (named, numbered) = (try evaluate(file("part.csv:kind")), try evaluate(file("two.npy")))
        #expect(named.status == 0 && named.output == numbered.output && named.output.contains("\"loss\": "), "\(named)")
        let unknown = try evaluate(file("rat.csv"))
        #expect(unknown.status == 1 && unknown.output.isEmpty)
        let message = "rat.csv:2: there is no class 'rat' in \(file("named.classes.json")), which has 'ant'"
        #expect(unknown.errors.contains(message), "\(unknown)")
        // In validation data too, and the numbers of a training go on in the next.
        _ = try train(
            "all.csv:width,height", "all.csv:kind", "validated.h5",
            ["--validation-x", file("part.csv:width,height"), "--validation-y", file("part.csv:kind")])
        let wrong = try Programs.run(
            "lockstep",
            ["train", file("validated.h5"), "--x", file("part.csv:1-2"), "--y", file("rat.csv"), "--verbose", "0"],
            ranks: ranks)
        #expect(
            wrong.status == 1 && wrong.errors.contains("column 3 ('comment') must be a number, received: 'a b'"),
            "\(wrong)")
    }

    @Test("JSON holds null for what is not finite")
    func notFiniteJSON() throws {
        let folder = try Programs.temporaryFolder()
        let model = Sequential([Dense(1, inputDim: 1)], communicator: SingleProcess())
        try model.setWeights([.full([1, 1], 1e30), .zeros([1])])
        try model.compile(optimizer: .sgd, loss: .mse, metrics: [.meanAbsoluteError])
        try model.save(folder + "/model.keras")
        try writeText("1e30\n-1e30\n", to: folder + "/x.csv")
        let data = ["--x", folder + "/x.csv", "--y", folder + "/x.csv"]
        let output = try run(["evaluate", folder + "/model.keras", "--json"] + data)
        #expect(
            try JSONDecoder().decode([String: Double?].self, from: Data(output.utf8)) == [
                "loss": nil, "mean_absolute_error": nil,
            ])
        #expect(try run(["evaluate", folder + "/model.keras"] + data) == "loss: inf\nmean_absolute_error: inf\n")
    }

    /// Oracle: the same training in one go.
    @Test("a training goes on from its checkpoint", arguments: [nil, 3])
    func checkpoints(ranks: Int?) throws {
        func train(_ folder: String, _ epochs: Int, _ more: [String]) throws {
            let output = [
                "--output", folder + "/a.h5", "--history", folder + "/a.json", "--batch-size", "5", "--seed", "3",
            ]
            _ = try run(training("dense.keras") + ["--epochs", "\(epochs)"] + output + more, ranks: ranks)
        }
        let (whole, parts) = (try Programs.temporaryFolder(), try Programs.temporaryFolder())
        let checkpoint = ["--checkpoint", parts + "/checkpoints", "--checkpoint-every", "2steps", "--keep", "2"]
        try train(whole, 4, [])
        try train(parts, 2, checkpoint)
        #expect(try FileManager.default.contentsOfDirectory(atPath: parts + "/checkpoints").count == 2)
        let refused = try Programs.run(
            "lockstep", training("dense.keras") + ["--batch-size", "5"] + checkpoint, ranks: ranks)
        #expect(
            refused.status == 1 && refused.errors.contains("holds checkpoints of a training before this one"),
            "\(refused.errors)")
        try train(parts, 4, checkpoint + ["--resume"])
        for name in ["a.h5", "a.json"] {
            #expect(
                try Data(contentsOf: URL(filePath: "\(whole)/\(name)"))
                    == Data(contentsOf: URL(filePath: "\(parts)/\(name)")), "\(name)")
        }
    }

    /// Oracle: the library, told the same.
    @Test("what is given goes before what the file was compiled with")
    func compiling() throws {
        let folder = try Programs.temporaryFolder()
        let known = try known("dense")
        func weights(_ file: String, _ arguments: [String]) throws -> [Tensor] {
            let x = ["--x", "\(data):dense/x", "--y", "\(data):dense/y", "--no-shuffle", "--verbose", "0"]
            _ = try run(["train", file, "--output", folder + "/a.keras"] + x + arguments)
            return try Model.load(folder + "/a.keras", communicator: SingleProcess()).weights
        }
        func expected(_ change: (Model) throws -> Void) throws -> [Tensor] {
            let model = try Model.load(fixture("models/dense.keras"), communicator: SingleProcess())
            try change(model)
            try model.fit(known["x"]!, known["y"]!, verbose: 0, shuffle: false)
            return try model.weights
        }
        let dense = fixture("models/dense.keras")
        #expect(try weights(dense, ["--learning-rate", "0.5"]) == expected { try $0.setLearningRate(0.5) })
        #expect(
            try weights(dense, ["--optimizer", "sgd", "--learning-rate", "0.5"])
                == expected { try $0.compile(optimizer: SGD(learningRate: 0.5), loss: .categoricalCrossentropy) })
        for (text, schedule) in [
            ("cosine:0.02,decay_steps=3,alpha=0.5", CosineDecay(0.02, decaySteps: 3, alpha: 0.5)),
            (
                "piecewise_constant:boundaries=1/2,values=0.02/0.01/0.5",
                PiecewiseConstantDecay(boundaries: [1, 2], values: [0.02, 0.01, 0.5])
            ),
            (
                "exponential:0.02,decay_steps=2,decay_rate=0.5,staircase=true",
                ExponentialDecay(0.02, decaySteps: 2, decayRate: 0.5, staircase: true)
            ),
        ] as [(String, any LearningRateSchedule)] {
            let changed = try expected { try $0.replaceLearningRate(LearningRate(schedule)) }
            #expect(try weights(dense, ["--learning-rate", text]) == changed, "\(text)")
        }
        // Equal weights change nothing.
        let scores = try run([
            "evaluate", dense, "--x", "\(data):dense/x", "--y", "\(data):dense/y", "--metrics", "mae",
            "--weighted-metrics", "mae,auc",
        ])
        let lines = scores.split(separator: "\n").map { $0.split(separator: " ") }
        #expect(lines.map { $0[0] } == ["loss:", "mae:", "weighted_mae:", "auc:"], "\(scores)")
        let (plain, weighted) = (Double(lines[1][1]) ?? .nan, Double(lines[2][1]) ?? .nan)
        #expect(abs(plain - weighted) < 1e-6 * plain, "\(scores)")
        // Another loss leaves the optimizer what it remembers.
        let mse = try weights(dense, ["--loss", "mse", "--metrics", "mae"])
        let anew = try expected { try $0.compile(optimizer: Adam(learningRate: 0.01, amsgrad: true), loss: .mse) }
        #expect(zip(mse, anew).contains { relativeError($0, $1) > 1e-4 })
        // Adam after the six updates that the file remembers: the first of its own would move every weight by the
        // learning rate.
        let start = try Model.load(dense, communicator: SingleProcess()).weights
        let moved = zip(mse, start).flatMap { zip($0.elements, $1.elements).map { abs($0 - $1) } }
        #expect(moved.contains { abs($0 - 0.01) > 1e-4 })

        let samples = [
            "--x", fixture("class-weights.npz") + ":x", "--y", fixture("class-weights.npz") + ":binary_crossentropy/y",
        ]
        let wrong = try Programs.run("lockstep", ["train", fixture("models/novel.keras")] + samples)
        #expect(
            wrong.status == 1 && wrong.errors.contains("novel.keras: ") && wrong.errors.contains("Novel"),
            "\(wrong.errors)")
        #expect(wrong.errors.contains("; give --optimizer to go on without it"), "\(wrong.errors)")
    }

    @Test("from one form to another and back every bit stays", arguments: [nil, 2])
    func convert(ranks: Int?) throws {
        let folder = try Programs.temporaryFolder()
        let start = fixture("models/words.keras")
        for (from, to, more) in [
            (start, "a.h5", []), ("a.h5", "b.keras", []), ("b.keras", "w.safetensors", []),
            ("b.keras", "w.weights.h5", []),
            ("b.keras", "a.json", []), ("a.json", "c.h5", ["--weights", folder + "/w.safetensors"]),
            ("a.json", "d.keras", ["--weights", folder + "/w.weights.h5"]),
            (fixture("models/novel.keras"), "e.keras", ["--uncompiled"]),
            (fixture("models/novel.keras"), "e.safetensors", []),
        ] as [(String, String, [String])] {
            _ = try run(
                ["convert", from.hasPrefix("/") ? from : "\(folder)/\(from)", "\(folder)/\(to)"] + more, ranks: ranks)
        }
        let expected = try Model.load(start, communicator: SingleProcess())
        for file in ["a.h5", "b.keras", "c.h5", "d.keras"] {
            let model = try Model.load("\(folder)/\(file)", communicator: SingleProcess())
            #expect(try zip(model.weights, expected.weights).allSatisfy { sameBits($0, $1) }, "\(file)")
            #expect((model.optimizer != nil) == ["a.h5", "b.keras"].contains(file), "\(file)")
        }
        #expect(try run(["summary", folder + "/d.keras"], ranks: ranks) == run(["summary", start]))
    }

    /// Oracles: Keras's predictions, and its file, of whose loss and metrics one of each kind is not supported.
    @Test(
        "what a command does not need of how a model was compiled is a warning, once for each thing and all ranks",
        arguments: [nil, 2])
    func unsupported(ranks: Int?) throws {
        let folder = try Programs.temporaryFolder()
        let file = try Programs.unsupportedModel(in: folder)
        let known = fixture("models/known-keras2.npz") + ":keras2_decay/"
        func run(_ arguments: [String], _ warnings: [String]) throws -> String {
            let outcome = try Programs.run("lockstep", arguments, ranks: ranks)
            let lines = outcome.errors.split(separator: "\n")
            #expect(outcome.status == 0 && lines.count == warnings.count, "\(arguments): \(outcome.errors)")
            for warning in warnings {
                #expect(outcome.errors.components(separatedBy: warning).count == 2, "\(warning): \(outcome.errors)")
            }
            return outcome.output
        }
        let (loss, metric) = (
            "\(file): unknown loss, received: 'hubal'", "\(file): unknown metric, received: 'cosine_dissimilar'"
        )
        _ = try run(["summary", file], [loss, metric])
        _ = try run(["predict", file, "--x", known + "x", "--output", folder + "/y.npy"], [loss, metric])
        let predictions = try Npz.read(fixture("models/known-keras2.npz"), "keras2_decay/predictions")
        #expect(relativeError(try Npy.read(folder + "/y.npy"), predictions) < 2e-5)
        let data = ["--x", known + "x", "--y", known + "y"]
        let scores = try run(["evaluate", file, "--loss", "mse"] + data, [metric])
        #expect(scores.contains("loss: ") && scores.contains("mae: "), "\(scores)")
        _ = try run(["evaluate", file, "--loss", "mse", "--metrics", "mae"] + data, [])
        _ = try run(["convert", file, folder + "/a.keras"], [loss, metric])
        _ = try run(["convert", file, folder + "/a.safetensors"], [])
        // The rest is there, and the optimizer goes on.
        _ = try run(
            ["train", folder + "/a.keras", "--loss", "mse", "--verbose", "0", "--output", folder + "/b.keras"] + data,
            [])
        let trained = try Model.load(folder + "/b.keras", communicator: SingleProcess())
        #expect((trained.optimizer as? SGD).map { Float($0.momentum) } == 0.9 && trained.metrics.map(\.name) == ["mae"])
        let excluding = ["--loss", "mse", "--optimizer", "adamw", "--exclude-from-weight-decay", "bias"]
        _ = try run(
            ["train", folder + "/a.keras", "--verbose", "0", "--output", folder + "/c.keras"] + excluding + data,
            ["\(folder)/c.keras: Keras's files do not hold which weights do not decay: bias"])
        for file in ["\(folder)/d.keras", "\(folder)/d.h5"] {
            _ = try run(
                [
                    "train", folder + "/a.keras", "--verbose", "0", "--output", file, "--loss", "mse", "--optimizer",
                    "lars",
                ]
                    + data, ["\(file): Keras has no optimizer LARS; Keras loads the file only if a class is registered"]
            )
            #expect(try Model.load(file, communicator: SingleProcess()).optimizer is LARS)
        }
    }

    @Test("plot draws Keras's histories, one or several, once for all ranks", arguments: [nil, 2])
    func plot(ranks: Int?) throws {
        let folder = try Programs.temporaryFolder()
        for (name, files) in [
            ("one", ["history.json"]), ("two", ["history.csv", "history-sparse.json"]),
            ("same", ["history.csv", "history.json"]),
        ] {
            #expect(try run(["plot"] + files.map(fixture) + ["-o", "\(folder)/\(name).png"], ranks: ranks).isEmpty)
            let bytes = try Data(contentsOf: URL(filePath: "\(folder)/\(name).png"))
            #expect(bytes.prefix(4) == Data([0x89] + Array("PNG".utf8)) && bytes.count > 2000)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 3)
        // Two of one name, whose paths are too long for the picture: the library would warn.
        let files = try ["first", "second"].map { name in
            let deep = "\(folder)/\(String(repeating: "deep", count: 20))/\(name)"
            try FileManager.default.createDirectory(atPath: deep, withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: fixture("history.json"), toPath: deep + "/history.json")
            return deep + "/history.json"
        }
        #expect(try run(["plot"] + files + ["-o", "\(folder)/deep.png"], ranks: ranks).isEmpty)
    }

    @Test("bench train takes the model, the loss and the optimizer of a file")
    func bench() throws {
        for file in ["dense.keras", "words.h5", "images.keras"] {
            let output = try run([
                "bench", "train", fixture("models/" + file), "--epochs", "1", "--samples", "80", "--batch-size", "8",
            ])
            #expect(output.contains(" samples/s, ") && output.contains("  backward "), "\(output)")
        }
    }

    @Test("every command teaches, once for all ranks", arguments: [nil, 2])
    func help(ranks: Int?) throws {
        for command in ["", "train", "evaluate", "predict", "summary", "convert", "plot", "bench", "doctor"] {
            let output = try run((command.isEmpty ? [] : [command]) + ["--help"], ranks: ranks)
            #expect(
                output.components(separatedBy: "OVERVIEW:").count == 2 && output.contains("USAGE: lockstep \(command)"),
                "\(output)")
        }
    }
}
