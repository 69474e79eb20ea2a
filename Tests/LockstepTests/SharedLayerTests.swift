import Foundation
import Lockstep
import LockstepLayers
import TestSupport
import Testing

/// Oracle: a model of its own with the same weights, which has no layers in common with another one.
@Suite("Models with common layers")
struct SharedLayerTests {
    static let x = Tensor.uniform([20, 6], low: -1, seed: 1)
    static let y = Tensor.uniform([20, 2], low: -1, seed: 2)
    static let wide = Tensor.uniform([20, 5], low: -1, seed: 3)

    static func base(_ communicator: any Communicator) -> Sequential {
        Sequential(
            [
                Dense(5, activation: .tanh, inputDim: 6, name: "hidden"), BatchNormalization(name: "norm"),
                Dense(2, name: "out"),
            ],
            name: "base", seed: 1, communicator: communicator)
    }

    @Test("a model that ends at an inner layer shares the layers with the first", arguments: [1, 2, 3])
    func inner(ranks: Int) throws {
        _ = try ThreadCluster.run(ranks) { communicator in
            let base = Self.base(communicator)
            let inner = try Model(
                inputs: base.inputs, outputs: base.layer(named: "hidden").output, communicator: communicator)
            func check() throws {
                let alone = Sequential([Dense(5, activation: .tanh, inputDim: 6)], communicator: communicator)
                try alone.setWeights(Array(base.weights.prefix(2)))
                #expect(try inner.predict(Self.x) == alone.predict(Self.x))
            }
            try check()
            try base.compile(optimizer: .adam, loss: .mse)
            try base.fit(Self.x, Self.y, epochs: 2, batchSize: 7, verbose: 0)
            try check()
            // Training the inner model changes the first; what is not in it stays.
            let before = try base.weights
            try inner.compile(optimizer: SGD(learningRate: 0.1, weightDecay: 0.1), loss: .mse)
            try inner.fit(Self.x, Self.wide, epochs: 1, batchSize: 7, verbose: 0)
            let after = try base.weights
            #expect(after[0] != before[0] && after[1] != before[1])
            #expect(after[2...] == before[2...])
            try check()
            // In turns, as adversaries do: each has its own optimizer.
            for _ in 0..<3 {
                try base.trainOnBatch(Self.x, Self.y)
                try inner.trainOnBatch(Self.x, Self.wide)
            }
            try check()
            try base.setWeights(before)
            try check()
        }
    }

    @Test("trained in turns, models with common layers have the weights of models that are handed them")
    func turns() throws {
        let communicator = SingleProcess()
        let base = Self.base(communicator)
        let inner = try Model(
            inputs: base.inputs, outputs: base.layer(named: "hidden").output, communicator: communicator)
        let other = Self.base(communicator)
        let head = Sequential([Dense(5, activation: .tanh, inputDim: 6)], communicator: communicator)
        try other.setWeights(base.weights)
        for model in [base, inner, other, head] { try model.compile(optimizer: .adam, loss: .mse) }
        for _ in 0..<4 {
            try base.trainOnBatch(Self.x, Self.y)
            try inner.trainOnBatch(Self.x, Self.wide)
            try other.trainOnBatch(Self.x, Self.y)
            try head.setWeights(Array(other.weights.prefix(2)))
            try head.trainOnBatch(Self.x, Self.wide)
            try other.setWeights(head.weights + other.weights.dropFirst(2))
        }
        #expect(try base.weights == other.weights)
    }

    @Test("layers may be frozen in one model and train in the other")
    func frozen() throws {
        let communicator = SingleProcess()
        let base = Self.base(communicator)
        try base.compile(optimizer: .adam, loss: .mse)
        try base.trainOnBatch(Self.x, Self.y)
        base.isTrainable = false
        let model = try Model(
            inputs: base.inputs, outputs: Dense(1, name: "top")(base.output), communicator: communicator)
        try model.compile(optimizer: .adam, loss: .mse)
        let before = try base.weights
        try model.fit(Self.x, Tensor.uniform([20, 1], low: -1, seed: 5), verbose: 0)
        #expect(try base.weights == before)
        #expect(try Array(model.weights.prefix(before.count)) == before)
        // The first was compiled before.
        try base.trainOnBatch(Self.x, Self.y)
        #expect(try base.weights != before)
        #expect(try Array(model.weights.prefix(before.count)) == base.weights)
    }

    @Test("a model that begins from an inner layer takes what that gives")
    func begins() throws {
        let communicator = SingleProcess()
        let base = Self.base(communicator)
        let hidden = try base.layer(named: "hidden").output
        let first = try Model(inputs: base.inputs, outputs: hidden, communicator: communicator)
        let second = try Model(inputs: hidden, outputs: base.output, communicator: communicator)
        #expect(try second.predict(first.predict(Self.x)) == base.predict(Self.x))
        #expect(try second.inputShape == [5])
        try second.compile(optimizer: .adam, loss: .mse)
        let before = try base.weights
        try second.fit(Self.wide, Self.y, verbose: 0)
        #expect(try base.weights[..<2] == before[..<2])
        #expect(try base.weights.last != before.last)
    }

    @Test("models with common layers are saved and loaded, each by itself", arguments: ["keras", "h5"])
    func files(ending: String) throws {
        try withFolder { folder in
            let base = Self.base(SingleProcess())
            let inner = try Model(
                inputs: base.inputs, outputs: base.layer(named: "hidden").output, communicator: SingleProcess())
            for (name, model) in [("base", base), ("inner", inner)] as [(String, Model)] {
                let file = "\(folder)/\(name).\(ending)"
                try model.save(file)
                #expect(try Model.load(file).predict(Self.x) == model.predict(Self.x))
            }
            // A model from a file has inner layers too.
            let loaded = try Model.load("\(folder)/base.\(ending)")
            let again = try Model(inputs: loaded.inputs, outputs: loaded.layer(named: "hidden").output)
            #expect(try again.predict(Self.x) == inner.predict(Self.x))
        }
    }

    @Test("a model can end at a layer of a model within another", arguments: [false, true])
    func paths(isDeep: Bool) throws {
        let communicator = SingleProcess()
        let base = Self.base(communicator)
        let input = Input([6])
        var outer = try Model(inputs: input, outputs: Dense(2)(base(input)), name: "outer", communicator: communicator)
        var path = "\(base.name)/hidden"
        if isDeep {
            let input = Input([6])
            path = "outer/\(path)"
            outer = try Model(inputs: input, outputs: Dense(1)(outer(input)), communicator: communicator)
        }
        let part = try Model(inputs: outer.inputs, outputs: outer.output(ofLayer: path), communicator: communicator)
        // Oracle: the inner model cut by itself.
        let cut = try Model(
            inputs: base.inputs, outputs: base.layer(named: "hidden").output, communicator: communicator)
        #expect(try part.predict(Self.x) == cut.predict(Self.x))
        #expect(throws: TrainingError.self) { try outer.output(ofLayer: "\(base.name)/nothing") }
    }

    /// A callback that uses a model with layers of the one in training.
    final class Looks: Callback {
        let body: () throws -> Void
        init(_ body: @escaping () throws -> Void) { self.body = body }
        func onEpochEnd(_ epoch: Int, logs: Scores, _ training: TrainingControl) throws { try body() }
    }

    @Test(
        "a callback can use a model with layers of the one in training, frozen there or not", arguments: [false, true])
    func callback(isFrozen: Bool) throws {
        let communicator = SingleProcess()
        let (base, same) = (Self.base(communicator), Self.base(communicator))
        try same.setWeights(base.weights)
        for model in [base, same] { try model.compile(optimizer: .adam, loss: .mse) }
        let hidden = try base.layer(named: "hidden")
        let inner = try Model(inputs: base.inputs, outputs: hidden.output, communicator: communicator)
        if isFrozen { hidden.isTrainable = false }
        try inner.compile(optimizer: .adam, loss: .mse)
        for model in [base, same] {
            try model.fit(
                Self.x, Self.y, epochs: 3, batchSize: 7, verbose: 0, shuffle: false,
                callbacks: model === base ? [Looks { _ = try inner.predict(Self.x) }] : [])
        }
        #expect(try base.weights == same.weights)
    }

    @Test("inputs and outputs of layers that are called several times, or never, need a number")
    func calls() throws {
        let input = Input([3])
        let layer = Dense(3, name: "twice")
        let model = try Model(inputs: input, outputs: layer(layer(input)), communicator: SingleProcess())
        #expect(throws: LayerError.calls(layer: "twice", count: 2, received: nil)) { try layer.output }
        #expect(throws: LayerError.calls(layer: "twice", count: 2, received: 2)) { try layer.outputs(ofCall: 2) }
        #expect(throws: LayerError.calls(layer: "never", count: 0, received: nil)) { try Dense(1, name: "never").input }
        let x = Tensor.uniform([4, 3], low: -1, seed: 9)
        let once = try Model(inputs: model.inputs, outputs: layer.outputs(ofCall: 0), communicator: SingleProcess())
        #expect(try once.predict(once.predict(x)) == model.predict(x))
    }
}
