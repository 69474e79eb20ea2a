import Lockstep
import TestSupport
import Testing

/// Models whose input has dimensions that are not known before there is data.
@Suite struct UnknownDimensionTests {
    private static func words(_ length: Int?, seed: UInt64 = 3) throws -> Model {
        let input = Input([length], type: .int32, name: "words")
        let steps = GRU(5, returnSequences: true)(Embedding(9, 4, maskZero: true)(input))
        return try Model(inputs: input, outputs: Dense(2)(LSTM(3)(steps)), seed: seed)
    }

    private static func sentences(_ count: Int, _ length: Int) throws -> Tensor {
        try Tensor(integers: (0..<count * length).map { Int32($0 * 5 % 9) }, shape: [count, length])
    }

    /// Oracle: a model of the same weights for the one length.
    @Test("each length has the outputs of a model for that length alone")
    func lengths() throws {
        let model = try Self.words(nil)
        #expect(try model.inputShapes == [[nil]] && model.outputShapes == [[2]])
        for length in [7, 1, 20, 7] {
            let x = try Self.sentences(4, length)
            let alone = try Self.words(length)
            #expect(sameBits(try model.predict(x), try alone.predict(x)), "length \(length)")
        }
    }

    private static func images(_ communicator: any Communicator) throws -> Model {
        let input = Input([nil, nil, 3])
        let pixels = Conv2D(4, kernelSize: 1, activation: .tanh)(input)
        return try Model(
            inputs: input, outputs: Dense(2, activation: .softmax)(GlobalAveragePooling2D()(pixels)), seed: 4,
            communicator: communicator)
    }

    /// An image beside itself has the same mean of pixels.
    private static func widened(_ x: Tensor, _ times: Int) throws -> Tensor {
        let shape: Shape = [x.rowCount, x.shape[1], times * x.shape[2], 3]
        let rows = try x.reshaped([x.rowCount * x.shape[1], x.shape[2] * 3])
        let wide = Tensor.zeros([rows.rowCount, times * rows.shape[1]])
        for row in 0..<rows.rowCount {
            for column in 0..<wide.shape[1] { wide[row, column] = rows[row, column % rows.shape[1]] }
        }
        return try wide.reshaped(shape)
    }

    /// Oracle: training on images of one size, whose means of pixels are the same.
    @Test("batches of other sizes go on with the same optimizer", arguments: [1, 3], [false, true])
    func sizes(ranks: Int, isReproducible: Bool) throws {
        let (x, y) = (Tensor.normal([7, 2, 3, 3], seed: 1), toClasses(7))
        let mode: Reproducibility = isReproducible ? .acrossRanks(microShards: 8) : .onSameRanks
        let expected = try ThreadCluster.run(1) { communicator in
            let model = try Self.images(communicator)
            try model.compile(optimizer: Adam(learningRate: 0.05), loss: .categoricalCrossentropy)
            let losses = try (0..<8).map { _ in try model.trainOnBatch(x, y)["loss"]! }
            return (losses, try model.weights.map { $0.copy() })
        }[0]
        _ = try ThreadCluster.run(ranks) { communicator in
            let model = try Self.images(communicator)
            try model.compile(optimizer: Adam(learningRate: 0.05), loss: .categoricalCrossentropy)
            let isRoot = communicator.rank == 0
            let losses = try [1, 2, 1, 3, 2, 2, 5, 1].map { times in
                let wide = isRoot ? try Self.widened(x, times) : nil
                return try model.trainOnBatch(wide, isRoot ? y : nil, reproducibility: mode)["loss"]!
            }
            #expect(relativeError(losses, expected.0) < 1e-5, "\(losses)")
            for (weight, known) in zip(try model.weights, expected.1) { #expect(relativeError(weight, known) < 1e-4) }
        }
    }

    /// Oracle: validation on images of the same size.
    @Test("validation data may have another size", arguments: [1, 3])
    func validation(ranks: Int) throws {
        let (x, y) = (Tensor.normal([11, 2, 3, 3], seed: 1), toClasses(11))
        _ = try ThreadCluster.run(ranks) { communicator in
            let histories = try [1, 3].map { times in
                let model = try Self.images(communicator)
                try model.compile(optimizer: .adam, loss: .categoricalCrossentropy, metrics: [.accuracy])
                return try model.fit(
                    x, y, epochs: 3, batchSize: 4, verbose: 0, validationData: (try Self.widened(x, times), y))
            }
            #expect(histories[0]["loss"] == histories[1]["loss"])
            #expect(relativeError(histories[0]["val_loss"]!, histories[1]["val_loss"]!) < 1e-5)
        }
    }

    @Test("what an unknown dimension cannot be is one error that names the layer")
    func errors() throws {
        let input = Input([nil, 4])
        #expect(throws: LayerError.dependsOnUnknown(layer: "wide", weight: "kernel")) {
            try Model(inputs: input, outputs: Dense(3, name: "wide")(Flatten()(input)))
        }
        let image = Input([nil, nil, 3])
        let model = try Model(
            inputs: image, outputs: GlobalMaxPooling2D()(Conv2D(2, kernelSize: 5, name: "window")(image)), seed: 1)
        let x = Tensor.normal([1, 6, 5, 3], seed: 1)
        let y = try model.predict(x)
        #expect(
            throws: TrainingError.inputShape(expected: [nil, nil, 3], received: [6, 5, 4])
        ) { try model.predict(Tensor.zeros([1, 6, 5, 4])) }
        #expect(throws: LayerError.self) { try model.predict(Tensor.zeros([1, 4, 5, 3])) }
        #expect(sameBits(try model.predict(x), y))
        #expect(
            throws: LayerError.argument(
                layer: "none", name: "the input shape", requirement: "positive dimensions",
                received: "[None, 0]")
        ) {
            let none = Input([nil, 0], name: "none")
            return try Model(inputs: none, outputs: LSTM(2)(none))
        }
    }

    @Test("a layer that needs features refuses rows of single numbers")
    func single() throws {
        #expect(
            throws: LayerError.input(
                layer: "dense", requirement: "have a dimension of features", received: [])
        ) {
            let number = Input([])
            return try Model(inputs: number, outputs: Dense(2)(number))
        }
    }

    @Test("files keep unknown dimensions")
    func files() throws {
        let model = try Self.words(nil)
        let x = try Self.sentences(3, 6)
        for form in ["keras", "h5"] {
            let path = try temporaryFolder() + "/model.\(form)"
            try model.save(path)
            let loaded = try Model.load(path)
            #expect(try loaded.inputShape == [nil])
            #expect(sameBits(try loaded.predict(x), try model.predict(x)))
        }
        #expect(try Model.fromJSON(model.toJSON()).inputShape == [nil])
        let summary = try model.summaryText()
        #expect(
            summary.contains("(None, None, 4)") && summary.contains("(None, None, 5)") && summary.contains("(None, 2)"))
    }

    /// Oracle: the inner model alone on each length.
    @Test("models inside models take any length too", arguments: [true, false])
    func nested(isDeclared: Bool) throws {
        let layers: [any Layer] = [GRU(4, returnSequences: true), Dense(3, activation: .tanh)]
        let inner = Sequential((isDeclared ? [InputLayer([nil, 2])] : []) + layers, name: "inner", seed: 1)
        let input = Input([nil, 2])
        let model = try Model(inputs: input, outputs: Add()(inner(input), inner(input)), seed: 2)
        #expect(try model.outputShape == [nil, 3])
        for length in [3, 9] {
            let x = Tensor.normal([2, length, 2], seed: 7)
            let y = try model.predict(x)
            #expect(sameBits(y, try inner.predict(x) * 2), "length \(length)")
        }
        try model.compile(optimizer: .sgd, loss: .mse)
        let before = try model.weights.map { $0.copy() }
        try model.fit(Tensor.normal([5, 4, 2], seed: 1), Tensor.zeros([5, 4, 3]), verbose: 0)
        #expect(try zip(model.weights, before).allSatisfy { $0 != $1 })
    }

    @Test("a layer that is frozen later trains on until the model is compiled, at new lengths too")
    func frozenLater() throws {
        let (input, norm) = (Input([nil, 2]), BatchNormalization())
        let model = try Model(inputs: input, outputs: norm(Dense(2)(input)), seed: 2)
        try model.compile(optimizer: .sgd, loss: .mse)
        norm.isTrainable = false
        func train(_ length: Int) throws -> [Bool] {
            let before = try model.weights.map { $0.copy() }
            try model.trainOnBatch(Tensor.normal([3, length, 2], seed: 1), Tensor.ones([3, length, 2]))
            return try zip(model.weights, before).map { $0 != $1 }
        }
        #expect(try train(4).allSatisfy { $0 } && !norm.isTrainable)
        try model.compile(optimizer: .sgd, loss: .mse)
        #expect(try train(5) == [true, true, false, false, false, false])
    }

    private func toClasses(_ count: Int) -> Tensor {
        let result = Tensor.zeros([count, 2])
        for row in 0..<count { result[row, row * 3 % 2] = 1 }
        return result
    }
}
