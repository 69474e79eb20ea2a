import Foundation
import Lockstep
import LockstepFormats
import LockstepLayers
import TestSupport
import Testing

/// Models inside models, but for their files and what they train to, which `Tests/Keras` compares with real Keras.
@Suite struct NestedModelTests {
    private static let (x, y) = (Tensor.uniform([24, 6], low: -1, seed: 5), Tensor.uniform([24, 2], seed: 6))

    private static func layers() -> [any Layer] {
        [Dense(7, activation: .tanh, inputDim: 6), Dropout(0.4), BatchNormalization(), Dropout(0.2), Dense(2)]
    }

    /// How a model is put into others.
    enum Wrapping: String, CaseIterable, Sendable {
        case sequential, functional, twoLevels, split, deferred

        func wrap(_ layers: [any Layer], _ communicator: any Communicator) throws -> Model {
            func chain(_ layers: [any Layer]) -> Sequential { Sequential(layers, seed: 3, communicator: communicator) }
            func functional(_ layers: [any Layer]) throws -> Model {
                let input = Input([6])
                return try Model(
                    inputs: input, outputs: layers.reduce(input) { $1($0) }, seed: 3, communicator: communicator)
            }
            return switch self {
            case .sequential: chain([chain(layers)])
            case .functional: try functional([chain(layers)])
            case .twoLevels: chain([try functional([chain(layers)])])
            case .split: try functional([chain(Array(layers[..<2])), chain([chain(Array(layers[2...]))])])
            case .deferred: try functional([layers[0], chain(Array(layers[1..<3])), layers[3], layers[4]])
            }
        }
    }

    /// Oracle: the paths that Keras 3.15 gives such weights, without names of models.
    @Test("weights have Keras's paths")
    func paths() throws {
        let model = Sequential(
            [
                Embedding(7, 4, inputLength: 5, name: "words"),
                Bidirectional(LSTM(3, returnSequences: true), name: "both"),
                TimeDistributed(Sequential([Dense(2, name: "small")], name: "inner"), name: "steps"),
                Sequential([Dense(3, useBias: false, name: "last")], name: "outer"),
            ], communicator: SingleProcess())
        _ = try model.weights
        let cells = ["forward", "backward"].flatMap { way in
            ["kernel", "recurrent_kernel", "bias"].map { "both/\(way)_lstm/lstm_cell/\($0)" }
        }
        let expected =
            ["words/embeddings"] + cells + ["steps/small/kernel", "steps/small/bias", "last/kernel"]
        #expect(model.layers.flatMap(\.properties.weights).map(\.path) == expected)
    }

    /// Oracle: the same layers in one `Sequential`.
    @Test(
        "initial weights, dropout and training do not depend on nesting, to the bit", arguments: Wrapping.allCases,
        [1, 2])
    func sameBits(wrapping: Wrapping, ranks: Int) throws {
        _ = try ThreadCluster.run(ranks) { communicator in
            let flat = Sequential(Self.layers(), seed: 3, communicator: communicator)
            let nested = try wrapping.wrap(Self.layers(), communicator)
            #expect(try nested.weights == flat.weights)
            for model in [flat, nested] {
                try model.compile(optimizer: .adam, loss: .mse)
                try model.fit(Self.x, Self.y, epochs: 2, batchSize: 5, verbose: 0)
            }
            #expect(try nested.weights == flat.weights)
            #expect(try nested.predict(Self.x) == flat.predict(Self.x))
            #expect(nested.history?.history == flat.history?.history)
        }
    }

    /// Oracle: the same graph without the inner model.
    @Test("a model of several inputs and outputs is applied twice, and its layers have other masks in each call")
    func twice() throws {
        func apply(_ layers: [any Layer], _ a: SymbolicTensor, _ b: SymbolicTensor) -> [SymbolicTensor] {
            let hidden = layers[1](layers[0](a))
            return [layers[2](hidden, b), hidden]
        }
        func layers() -> [any Layer] { [Dense(6, activation: .relu), Dropout(0.5), Add()] }
        let (input, flatLayers) = (Input([6]), layers())
        let first = apply(flatLayers, input, input)
        let flat = try Model(
            inputs: input, outputs: Dense(2)(Concatenate().outputs(of: apply(flatLayers, first[0], first[1]))[0]),
            seed: 9,
            communicator: SingleProcess())
        let (a, b) = (Input([6]), Input([6]))
        let inner = try Model(inputs: [a, b], outputs: apply(layers(), a, b), communicator: SingleProcess())
        let outer = Input([6])
        let once = inner.outputs(of: [outer, outer])
        let nested = try Model(
            inputs: outer, outputs: Dense(2)(Concatenate().outputs(of: inner.outputs(of: once))[0]), seed: 9,
            communicator: SingleProcess())
        #expect(try nested.countParameters() == 6 * 6 + 6 + 12 * 2 + 2)
        try nested.setWeights(flat.weights)
        for model in [flat, nested] {
            try model.compile(optimizer: .sgd, loss: .mse)
            try model.fit(Self.x, Self.y, epochs: 2, batchSize: 24, verbose: 0, shuffle: false)
        }
        #expect(try nested.weights == flat.weights)
        #expect(try inner.weights == Array(nested.weights.prefix(2)))
    }

    @Test("a model that was trained keeps its weights in another one, and shares them from then on", arguments: [1, 3])
    func shares(ranks: Int) throws {
        _ = try ThreadCluster.run(ranks) { communicator in
            let base = Sequential(Self.layers(), name: "base", seed: 1, communicator: communicator)
            try base.compile(optimizer: .adam, loss: .mse)
            try base.fit(Self.x, Self.y, epochs: 1, verbose: 0)
            let (before, predicted) = (try base.weights, try base.predict(Self.x))
            var model: Sequential? = Sequential(
                [base, Dense(2, name: "top")], name: "outer", communicator: communicator)
            #expect(try Array(model!.weights.prefix(before.count)) == before)
            #expect(try base.predict(Self.x) == predicted)
            try model!.compile(optimizer: .adam, loss: .mse)
            try model!.fit(Self.x, Self.y, epochs: 1, verbose: 0)
            let after = try base.weights
            #expect(after != before)
            #expect(try Array(model!.weights.prefix(before.count)) == after)
            // By itself it computes on what the other one has trained, and gives that one what it is given.
            let same = Sequential(Self.layers(), communicator: communicator)
            try same.setWeights(after)
            try same.compile(loss: .mse)
            #expect(try base.predict(Self.x) == same.predict(Self.x))
            #expect(try base.evaluate(Self.x, Self.y, verbose: 0) == same.evaluate(Self.x, Self.y, verbose: 0))
            try base.setWeights(before)
            #expect(try Array(model!.weights.prefix(before.count)) == before)
            #expect(throws: TrainingError.inside(model: "base", other: "outer", call: "fit")) {
                try base.fit(Self.x, Self.y, verbose: 0)
            }
            #expect(throws: TrainingError.inside(model: "base", other: "outer", call: "trainOnBatch")) {
                try base.trainOnBatch(Self.x, Self.y)
            }
            // A third one can have it too.
            #expect(try Sequential([base], communicator: communicator).weights == before)
            try model!.fit(Self.x, Self.y, epochs: 1, verbose: 0)
            #expect(try base.weights != before)
            try base.setWeights(before)
            // When the other one is gone, it has them to itself.
            model = nil
            #expect(try base.weights == before)
            try base.compile(optimizer: .adam, loss: .mse)
            try base.fit(Self.x, Self.y, epochs: 1, verbose: 0)
            #expect(try base.weights != before)
        }
    }

    @Test("a model inside a model is saved by itself, with the weights that it shares", arguments: ["keras", "h5"])
    func saves(ending: String) throws {
        try withFolder { folder in
            let base = Sequential(Self.layers(), name: "base", communicator: SingleProcess())
            let middle = Sequential([base, Dense(3)], name: "middle", communicator: SingleProcess())
            let input = Input([6])
            let model = try Model(
                inputs: input, outputs: Dense(2)(middle(input)), name: "outer", communicator: SingleProcess())
            try model.compile(loss: .mse)
            try model.fit(Self.x, Self.y, epochs: 1, verbose: 0)
            for inner in [base, middle, model] {
                try inner.save("\(folder)/model.\(ending)")
                let again = try Model.load("\(folder)/model.\(ending)", communicator: SingleProcess())
                #expect(again.name == inner.name)
                #expect(try again.weights == inner.weights && again.predict(Self.x) == inner.predict(Self.x))
            }
            try base.saveWeights("\(folder)/base.safetensors")
            try base.setWeights(base.weights.map { Tensor.ones($0.shape) })
            let changed = try model.predict(Self.x)
            try base.loadWeights("\(folder)/base.safetensors")
            #expect(try model.predict(Self.x) != changed)
        }
    }

    @Test("an architecture has a form without its shapes, in inner models too")
    func withoutShapes() throws {
        let text = try Sequential([Sequential([Dense(3), Dense(4)], name: "base"), Dense(2)]).toJSON()
        let model = try Model.fromJSON(text, communicator: SingleProcess())
        #expect(try model.toJSON() == text)
        #expect(try model.predict(Self.x).shape == [24, 2])
        let base = try #require(model.layer(named: "base") as? Sequential)
        #expect(base.layers.map(\.name) == ["dense", "dense_1"])
    }

    @Test("two models can have the same input, and ranks compare what is in inner models")
    func sameInput() throws {
        let input = Input([6])
        func model(rate: Double) throws -> Model {
            let base = try Model(inputs: input, outputs: Dropout(rate)(Dense(4)(input)), communicator: SingleProcess())
            return try Model(inputs: input, outputs: Dense(2)(base(input)), seed: 1, communicator: SingleProcess())
        }
        let graphs = try [0.1, 0.1, 0.2].map { "\(try #require(model(rate: $0).knownGraph))" }
        #expect(graphs[0] == graphs[1] && graphs[0] != graphs[2])
    }

    @Test("an inner model, a layer in it, or a layer of it that was taken away")
    func changes() throws {
        let (inner, top) = (Sequential(Self.layers(), name: "base", communicator: SingleProcess()), Dense(2))
        let model = Sequential([inner, top], communicator: SingleProcess())
        let all = try model.weights.count
        func trained() throws -> Int {
            try model.compile(optimizer: .sgd, loss: .mse)
            let before = try model.weights
            try model.fit(Self.x, Self.y, epochs: 1, verbose: 0)
            return try zip(before, model.weights).filter { $0 != $1 }.count
        }
        #expect(try trained() == all)
        inner.isTrainable = false
        #expect(inner.layers.allSatisfy { !$0.isTrainable })
        #expect(try trained() == 2)
        inner.layers[4].isTrainable = true
        #expect(try trained() == 4)
        inner.isTrainable = true
        top.isTrainable = false
        #expect(try trained() == all - 2)
        let last = try #require(inner.pop())
        #expect(throws: LayerError.changed(model: "base", inside: "sequential")) { try inner.predict(Self.x) }
        inner.add(Dense(3))
        inner.add(last)
        #expect(try trained() == all)
        #expect(try inner.predict(Self.x).shape == [24, 2])
    }

    @Test("what is wrong is one error that names the way to the layer")
    func errors() throws {
        func wrapped(_ layers: [any Layer]) throws {
            let middle = Sequential([Dense(6), Sequential(layers, name: "base")], name: "middle")
            _ = try Sequential([InputLayer([6]), middle]).weights
        }
        #expect(
            throws: LayerError.within(
                model: "middle", .input(layer: "base", requirement: "have rows of [5]", received: [6]))
        ) { try wrapped([Dense(3, inputDim: 5)]) }
        let error = #expect(throws: LayerError.self) { try wrapped([Dense(3), Reshape(2, name: "form")]) }
        #expect("\(try #require(error))".hasPrefix("model 'middle/base': layer 'form': "))
        let (a, b) = (Input([6]), Input([6]))
        let two = try Model(inputs: [a, b], outputs: [Add()(a, b)], name: "two")
        #expect(throws: LayerError.inputCount(layer: "two", expected: 2, received: 1)) {
            try Model(inputs: a, outputs: two(a))
        }
        let (first, second) = (Sequential(name: "first"), Sequential(name: "second"))
        first.add(second)
        second.add(first)
        #expect(throws: LayerError.within(model: "second", .within(model: "first", .insideItself(model: "first")))) {
            try first.predict(Self.x)
        }
        second.pop()
        second.add(second)
        #expect(throws: LayerError.within(model: "second", .insideItself(model: "second"))) {
            try second.predict(Self.x)
        }
        #expect(throws: LayerError.insideItself(model: "second")) { try second.toJSON() }
        let words = Sequential(
            [Sequential([Embedding(3, 2, inputLength: 6)], name: "base")], communicator: SingleProcess())
        #expect(
            throws: LayerError.values(layer: "base/embedding", requirement: "whole numbers from 0 to 2", received: 9)
        ) {
            try words.predict(Tensor.full([1, 6], 9))
        }
    }

    @Test("a wrapper of steps calls a model")
    func steps() throws {
        let model = Sequential(
            [
                TimeDistributed(
                    Sequential([Dense(3, activation: .tanh), BatchNormalization(), Dropout(0.1)], name: "each"),
                    inputShape: [4, 2]),
                Flatten(), Dense(2),
            ], name: "outer", seed: 2, communicator: SingleProcess())
        try model.compile(optimizer: .adam, loss: .mse)
        let x = Tensor.uniform([6, 4, 2], seed: 1)
        try model.fit(x, Tensor.uniform([6, 2], seed: 2), epochs: 2, verbose: 0)
        let again = try Model.fromJSON(model.toJSON(), communicator: SingleProcess())
        try again.setWeights(model.weights)
        #expect(try again.predict(x) == model.predict(x))
        #expect(try again.toJSON() == model.toJSON())
    }

    /// Oracle: Keras 2's `get_config`, where the making of a model counts as its first call.
    @Test("Keras 2 counts the calls of models from 1")
    func keras2() throws {
        let text = """
            {"class_name": "Functional", "keras_version": "2.11.0", "backend": "tensorflow", "config": {"name": "outer", "layers": [
              {"class_name": "InputLayer", "config": {"batch_input_shape": [null, 4], "dtype": "float32", "name": "input"}, "name": "input",
               "inbound_nodes": []},
              {"class_name": "Sequential", "name": "base", "inbound_nodes": [[["input", 0, 0, {}]], [["base", 1, 0, {}]]],
               "config": {"name": "base", "layers": [
                 {"class_name": "InputLayer", "config": {"batch_input_shape": [null, 4], "dtype": "float32", "name": "base_input"}},
                 {"class_name": "Dense", "config": {"name": "dense", "units": 4, "activation": "relu", "trainable": false}}]}},
              {"class_name": "Add", "config": {"name": "add"}, "name": "add",
               "inbound_nodes": [[["base", 1, 0, {}], ["base", 2, 0, {}]]]}],
              "input_layers": [["input", 0, 0]], "output_layers": [["add", 0, 0], ["base", 2, 0]]}}
            """
        let model = try Model.fromJSON(text, communicator: SingleProcess())
        try model.setWeights([Tensor.full([4, 4], 1), Tensor.zeros([4])])
        let outputs = try model.predictOutputs(Tensor.ones([1, 4]))
        #expect(outputs.map { $0[0] } == [20, 16])
        let base = try #require(model.layer(named: "base") as? Sequential)
        #expect(!base.layers[0].isTrainable && base.isTrainable)
    }
}
