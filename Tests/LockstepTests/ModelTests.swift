import Foundation
import Lockstep
import TestSupport
import Testing

@Suite struct ModelTests {
    /// Oracle: what real Keras prints for the same model.
    @Test("the summary is Keras's")
    func summary() throws {
        let model = Sequential(
            [
                InputLayer([8, 8]), Flatten(), Dense(1500, name: "a_rather_long_name_for_a_layer"),
                Activation(.relu, name: "hidden"),
                Dropout(0.2), Dense(12), Reshape(3, 4), Dense(5, useBias: false),
            ], name: "example")
        try model.compile(optimizer: .adam, loss: .mse)
        #expect(try model.summaryText() == String(contentsOfFile: fixture("summary.txt"), encoding: .utf8))
        #expect(try model.countParameters() == 115_532)
    }

    /// Oracle: what real Keras prints for the same model.
    @Test("the summary of a branched model is Keras's")
    func branchedSummary() throws {
        let features = Input([6], name: "features")
        let hidden = Dense(7, activation: .gelu)(features)
        let sum = Add()(Dense(7, name: "quite_long_layer_name")(hidden), hidden)
        let model = try Model(inputs: features, outputs: Dense(3)(sum))
        #expect(try model.summaryText() == String(contentsOfFile: fixture("summary-branched.txt"), encoding: .utf8))
    }

    /// Oracle: what real Keras prints for the same model.
    @Test("the summary of a model with a model inside is Keras's")
    func nestedSummary() throws {
        let frozen = Dense(6, inputDim: 6)
        frozen.isTrainable = false
        let (left, right) = (Input([6]), Input([6]))
        let sum = Add()(Sequential([frozen, BatchNormalization()])(left), right)
        let pair = try Model(inputs: [left, right], outputs: [sum, left], name: "pair")
        let features = Input([6], name: "features")
        let twice = pair.outputs(of: pair.outputs(of: [features, features]))
        let model = try Model(
            inputs: features, outputs: Dense(3, name: "dense_1")(Concatenate().outputs(of: twice)[0]), name: "outer")
        #expect(try model.summaryText() == String(contentsOfFile: fixture("summary-nested.txt"), encoding: .utf8))
    }

    /// Oracle: Keras counts the learning rate and the number of updates among the optimizer's variables.
    @Test("after training the summary counts the optimizer's variables")
    func optimizerParameters() throws {
        let model = Sequential([Dense(4, inputDim: 1)], communicator: SingleProcess())
        try model.compile(optimizer: .adam, loss: .mse)
        try model.trainOnBatch(Tensor.zeros([3, 1]), Tensor.zeros([3, 4]))
        let text = try model.summaryText()
        #expect(text.contains(" Total params: 26 (104.00 B)\n") && text.contains(" Optimizer params: 18 (72.00 B)\n"))
    }

    @Test("layers come and go and keep their weights")
    func stack() throws {
        let model = Sequential(seed: 1, communicator: SingleProcess())
        model.add(Dense(4, inputDim: 3))
        model.add(Dense(2, name: "last"))
        let before = try model.weights.map { Tensor.full($0.shape, 7) }
        try model.setWeights(before)
        #expect(model.layers.map(\.name) == ["dense", "last"])
        #expect(try model.layer(named: "last") === model.layers[1])
        #expect(throws: TrainingError.noLayer(named: "first", present: ["'dense'", "'last'"])) {
            try model.layer(named: "first")
        }
        model.pop()
        model.add(Dense(5))
        #expect(try model.weights.prefix(2).elementsEqual(before.prefix(2)))
        #expect(model.layers.map(\.name) == ["dense", "dense_1"])
        #expect(try model.predict(Tensor.ones([2, 3])).shape == [2, 5])
        model.pop()
        model.pop()
        #expect(model.pop() == nil)
        #expect(throws: LayerError.noLayers) { try model.weights }
        #expect(throws: LayerError.noLayers) { try model.compile(loss: .mse) }
    }

    @Test("a layer of another model for other inputs is refused; metrics of one name get numbers, as in Keras")
    func shared() throws {
        let layer = Dense(2)
        let first = Sequential([InputLayer([3] as Shape), layer], communicator: SingleProcess())
        let before = try first.predict(Tensor.ones([1, 3]))
        #expect(
            throws: LayerError.ofAnotherModel(
                layer: "dense", model: "sequential", weight: "kernel", shape: [3, 2], received: [4, 2])
        ) {
            let input = Input([4])
            _ = try Model(inputs: input, outputs: layer(input), communicator: SingleProcess())
        }
        #expect(try first.predict(Tensor.ones([1, 3])) == before)
        try first.compile(loss: .mse, metrics: [.accuracy, .accuracy], weightedMetrics: [.accuracy, .recall])
        let scores = try first.evaluate(Tensor.ones([1, 3]), Tensor.ones([1, 2]), verbose: 0)
        #expect(scores.names == ["loss", "accuracy", "accuracy_1", "weighted_accuracy", "recall"])
        let wrong = Sequential([Dense(2, inputDim: -5)], communicator: SingleProcess())
        #expect(
            throws: LayerError.argument(layer: "dense", name: "inputDim", requirement: "the inputs' 3", received: "-5")
        ) {
            try wrong.predict(Tensor.ones([1, 3]))
        }
    }

    @Test("a batch larger than can be is all samples")
    func largeBatch() throws {
        let model = Sequential([Dense(1, inputDim: 1)], communicator: SingleProcess())
        try model.compile(loss: .mse)
        #expect(try model.fit(Tensor.ones([5]), Tensor.ones([5]), batchSize: .max, verbose: 0).params["steps"] == 1)
        #expect(try model.predict(Tensor.ones([5]), batchSize: .max).shape == [5, 1])
    }

    @Test("an unbuilt model's summary names its layers")
    func unbuilt() throws {
        #expect(try Sequential([Dense(2), Dense(3)]).summaryText().contains("│ dense_1 (Dense)"))
    }

    @Test("weights that do not fit are an error that shows both shapes")
    func weights() throws {
        let model = Sequential([Dense(2, inputDim: 3)])
        #expect(throws: LayerError.weights(expected: [[3, 2], [2]], received: [[2, 3], [2]])) {
            try model.setWeights([.zeros([2, 3]), .zeros([2])])
        }
        try model.setWeights([.ones([3, 2]), .zeros([2])])
        #expect(try model.weights[0] == .ones([3, 2]))
    }

    @Test("a seed repeats a training, its absence does not")
    func seeds() throws {
        let (x, y) = (sample([30, 4], seed: 1), sample([30, 1], seed: 2))
        func loss(_ seed: UInt64?) throws -> [Double] {
            let model = Sequential(
                [Dense(8, inputDim: 4), Dropout(0.5), Dense(1)], seed: seed, communicator: SingleProcess())
            try model.compile(loss: .mse)
            return try model.fit(x, y, epochs: 3, batchSize: 7, verbose: 0)["loss"]!
        }
        #expect(try loss(4) == loss(4))
        #expect(try loss(4) != loss(5))
        #expect(try loss(nil) != loss(nil))
    }

    /// Oracle: the mean over samples of a loss that is known, with batches of different sizes: Keras's example, 26.
    @Test("an epoch's loss is the exact mean over samples, the short batch included")
    func exactMean() throws {
        let model = Sequential(
            [Dense(1, useBias: false, kernelInitializer: .zeros, inputDim: 1)], communicator: SingleProcess())
        try model.compile(optimizer: SGD(learningRate: 0), loss: .mse)
        let y = Tensor([1, 3, 4, 2, 10])
        let history = try model.fit(Tensor.ones([5]), y, batchSize: 2, verbose: 0, shuffle: false)
        #expect(history["loss"] == [(1 + 9 + 16 + 4 + 100) / 5.0])
        #expect(try model.evaluate(Tensor.ones([5]), y, batchSize: 2, verbose: 0).loss == 26)
    }

    @Test("the validation split is the last part, before any shuffle; epochs are numbered from the initial one")
    func validation() throws {
        let model = Sequential(
            [Dense(1, useBias: false, kernelInitializer: .zeros, inputDim: 1)], communicator: SingleProcess())
        try model.compile(optimizer: SGD(learningRate: 0), loss: .mse)
        let y = Tensor([0, 0, 0, 0, 0, 0, 0, 3, 3, 3])
        let history = try model.fit(
            Tensor.ones([10]), y, epochs: 5, batchSize: 4, verbose: 0, validationSplit: 0.3, initialEpoch: 3)
        #expect(history.history == ["loss": [0, 0], "val_loss": [9, 9]])
        #expect(history.epoch == [3, 4])
        #expect(history.params == ["epochs": 5, "steps": 2, "verbose": 0])
        #expect(throws: TrainingError.validationSplit(samples: 10, received: 0.95)) {
            try model.fit(Tensor.ones([10]), y, verbose: 0, validationSplit: 0.95)
        }
        #expect(throws: TrainingError.argument("verbose", requirement: "0, 1 or 2", received: "3")) {
            try model.fit(Tensor.ones([10]), y, verbose: 3)
        }
    }

    /// Oracle: samples told apart by their values; each must come once an epoch, in another order each epoch.
    @Test("each epoch draws a new permutation of all training samples")
    func permutations() throws {
        final class Watcher: Layer, @unchecked Sendable {
            static let className = "Watcher"
            let properties = LayerProperties()
            var seen: [Float] = []
            func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] {
                inputs[0].applying(Watch(watcher: self))
            }
        }
        struct Watch: Lockstep.Operation {
            let watcher: Watcher
            func outputs(_ inputs: [TensorSpec]) -> [TensorSpec] { inputs }
            func forward(_ pass: ForwardPass) {
                if pass.training { watcher.seen += pass.inputs[0].elements }
                pass.outputs[0].assign(pass.inputs[0])
            }
            func backward(_ pass: BackwardPass) { pass.inputGradients[0]?.assign(pass.outputGradient) }
        }
        let watcher = Watcher()
        let model = Sequential([InputLayer([1]), watcher, Dense(1)], seed: 1, communicator: SingleProcess())
        try model.compile(loss: .mse)
        try model.fit(Tensor.arange(20), Tensor.zeros([20]), epochs: 2, batchSize: 6, verbose: 0, validationSplit: 0.25)
        let epochs = [Array(watcher.seen[..<15]), Array(watcher.seen[15...])]
        for epoch in epochs { #expect(epoch.sorted() == (0..<15).map(Float.init)) }
        #expect(epochs[0] != epochs[1] && epochs[0] != epochs[0].sorted())
        watcher.seen = []
        try model.fit(Tensor.arange(20), Tensor.zeros([20]), batchSize: 6, verbose: 0, validationSplit: 0.25)
        #expect(watcher.seen.sorted() == (0..<15).map(Float.init))
        #expect(watcher.seen != epochs[0] && watcher.seen != epochs[1], "another fit draws anew")
        watcher.seen = []
        try model.fit(Tensor.arange(20), Tensor.zeros([20]), batchSize: 6, verbose: 0, shuffle: false)
        #expect(watcher.seen == (0..<20).map(Float.init))
    }

    /// Oracle: the weights before. Frozen after a training they stay, and unfrozen they move again; a model with no
    /// other trains too.
    @Test("frozen layers stay as they are, from one compile to the next")
    func frozen() throws {
        let layers: [any Layer] = [Dense(4, activation: .tanh, inputDim: 3), BatchNormalization(), Dense(2)]
        let model = Sequential(layers, seed: 1, communicator: SingleProcess())
        let (x, y) = (try Tensor.arange(60).reshaped([20, 3]), Tensor.ones([20, 2]))
        func moved(_ isTrainable: [Bool]) throws -> [Bool] {
            for (layer, isTrainable) in zip(layers, isTrainable) { layer.isTrainable = isTrainable }
            try model.compile(optimizer: .sgd, loss: .mse)
            let before = try model.weights
            try model.fit(x * 0.01, y, epochs: 2, batchSize: 6, verbose: 0)
            let after = try model.weights
            return layers.enumerated().map { index, _ in
                let range = [0..<2, 2..<6, 6..<8][index]
                return range.contains { before[$0] != after[$0] }
            }
        }
        for isTrainable in [
            [true, true, true], [false, false, true], [true, false, true], [false, false, false], [true, true, true],
        ] {
            #expect(try moved(isTrainable) == isTrainable)
        }
    }

    /// Oracle: the share of zeros that the rate says, and the scale that keeps the mean.
    @Test("dropout acts in training alone")
    func dropout() throws {
        let model = Sequential([InputLayer([1000]), Dropout(0.3)], seed: 2, communicator: SingleProcess())
        let x = Tensor.ones([20, 1000])
        #expect(try model.predict(x) == x)
        let plan = Sequential([InputLayer([1000]), Dropout(0.3)], seed: 2, communicator: SingleProcess())
        try plan.compile(loss: .mse)
        // With targets of zero the loss is the mean square of the outputs, 0.7 · (1/0.7)².
        let loss = try plan.trainOnBatch(x, Tensor.zeros([20, 1000])).loss
        #expect(abs(loss - 1 / 0.7) < 0.03)
    }

    /// Oracle: what Keras has on TensorFlow, and the closed form. A sigmoid of 20 with the target 0 costs ln(1 + e^20)
    /// = 20, a softmax of 30 and −10 with the second class 40; the gradients by kernels are x·(p − t).
    @Test("cross-entropies of saturated outputs come from the logits", arguments: [true, false])
    func saturated(isInsideDense: Bool) throws {
        let cases: [(ActivationFunction, any Loss, kernel: [Float], target: Float, loss: Double, gradient: [Float])] = [
            (.sigmoid, .binaryCrossentropy, [20], 0, 20, [1]),
            (.sigmoid, .binaryCrossentropy, [-30], 1, 30, [-1]),
            (.softmax, .sparseCategoricalCrossentropy, [30, -10], 1, 40, [1, -1]),
        ]
        for (activation, loss, kernel, target, expected, gradient) in cases {
            let dense = Dense(kernel.count, activation: isInsideDense ? activation : .linear, useBias: false)
            let model = Sequential([InputLayer([1]), dense] + (isInsideDense ? [] : [Activation(activation)]))
            let (x, y) = (Tensor([1]), Tensor([target]))
            try model.setWeights([Tensor(kernel).reshaped([1, kernel.count])])
            let outputs = try model.predict(x)
            try model.recompile(optimizer: SGD(learningRate: 1), loss: loss, metrics: [.accuracy])
            #expect(try sameBits(model.predict(x), outputs), "probabilities do not depend on the loss")
            #expect(try abs(model.evaluate(x, y, verbose: 0).loss - expected) < 1e-6)
            #expect(try abs(model.trainOnBatch(x, y).loss - expected) < 1e-6)
            for (index, slope) in gradient.enumerated() {
                #expect(abs(dense.kernel.value[index] - (kernel[index] - slope)) < 1e-6)
            }
        }
    }

    @Test("a vector of inputs counts as rows of one element")
    func vectors() throws {
        let model = Sequential([Dense(1, inputDim: 1)], communicator: SingleProcess())
        try model.compile(optimizer: .sgd, loss: .mse, metrics: [.meanAbsoluteError])
        let scores = try model.trainOnBatch(Tensor.linspace(-1, 1, count: 10), Tensor.zeros([10]))
        #expect(scores.names == ["loss", "mean_absolute_error"])
        #expect(scores["mean_absolute_error"] != nil && scores["accuracy"] == nil)
    }

    /// Oracle: the crossentropy of logits in double precision. Probabilities would be clipped.
    @Test("a loss takes the logits of a normalization that has the activation", arguments: [false, true])
    func normalizedLogits(isConvolved: Bool) throws {
        let input = Input([1, 1, 1])
        let x = isConvolved ? Conv2D(1, kernelSize: 1, kernelInitializer: .ones)(input) : input
        let normalization = BatchNormalization(gammaInitializer: .constant(200))
        let model = try Model(
            inputs: input, outputs: Activation(.sigmoid)(normalization(x)), communicator: SingleProcess())
        try model.compile(optimizer: SGD(learningRate: 0), loss: .binaryCrossentropy)
        let values: [Float] = [-1, 0.5, 2, -0.25]
        let y: [Double] = [1, 0, 0, 1]
        func crossentropy(mean: Double, variance: Double) -> Double {
            zip(values, y).map { value, y in
                let z = 200 * (Double(value) - mean) / (variance + 1e-3).squareRoot()
                return max(z, 0) - z * y + log1p(exp(-abs(z)))
            }.reduce(0, +) / 4
        }
        let mean = values.map(Double.init).reduce(0, +) / 4
        let variance = values.map { (Double($0) - mean) * (Double($0) - mean) }.reduce(0, +) / 4
        let (samples, targets) = try (
            Tensor(values, shape: [4, 1, 1, 1]), Tensor(y.map { Float($0) }, shape: [4, 1, 1, 1])
        )
        let before = try model.evaluate(samples, targets, verbose: 0).loss
        #expect(abs(before / crossentropy(mean: 0, variance: 1) - 1) < 1e-5)
        let trained = try model.trainOnBatch(samples, targets).loss
        #expect(abs(trained / crossentropy(mean: mean, variance: variance) - 1) < 1e-5)
    }
}
