import Lockstep
import LockstepLayers
import TestSupport
import Testing

@Suite struct StatefulTests {
    private static let makes: [@Sendable (_ stateful: Bool) -> any Layer] = [
        { LSTM(3, stateful: $0) }, { GRU(3, stateful: $0) }, { SimpleRNN(3, stateful: $0) },
        { RNN(StackedRNNCells([LSTMCell(4), GRUCell(3)]), stateful: $0) },
    ]

    private func model(_ layer: any Layer, steps: Int, _ communicator: any Communicator = SingleProcess()) -> Model {
        Sequential(
            [InputLayer([steps, 2], batchSize: 5), layer, Dense(2)], seed: 3, communicator: communicator)
    }

    /// Oracle: a layer without states that is given all steps at once.
    @Test("two halves of a sequence have the output of the whole, on any number of ranks", arguments: makes.indices)
    func halves(_ index: Int) throws {
        let make = Self.makes[index]
        let x = sample([5, 12], seed: 1)
        let halves = [try x.columns(0..<6).reshaped([5, 3, 2]), try x.columns(6..<12).reshaped([5, 3, 2])]
        let whole = try model(make(false), steps: 6).predict(x.reshaped([5, 6, 2]))
        for ranks in [1, 2, 3, 7] {
            let errors = try ThreadCluster.run(ranks) { communicator in
                let stateful = model(make(true), steps: 3, communicator)
                var errors: [Double] = []
                for _ in 0..<2 {
                    let first = try stateful.predict(halves[0], batchSize: 5)
                    errors.append(relativeError(try stateful.predict(halves[1], batchSize: 5), whole))
                    try #require(relativeError(first, whole) > 1e-3)
                    stateful.resetStates()
                }
                return errors
            }
            #expect(errors.joined().allSatisfy { $0 < 1e-6 }, "\(ranks) ranks: \(errors)")
        }
    }

    /// Oracle: the same model of numbers. The states lie between the numbers of the two texts among the inputs of a step.
    @Test("states and numbers of text are told apart, whatever their widths", arguments: [3, 32, 5], [3, 32, 7])
    func besideText(first: Int, second: Int) throws {
        let words = ["a", "b", "c"]
        func ids(_ length: Int, _ factor: Int) -> [Int] { (0..<2 * length).map { $0 * factor % 3 } }
        func text(_ ids: [Int], _ length: Int) throws -> Tensor {
            let rows = [ids.prefix(length), ids.suffix(length)]
            return try Tensor(strings: rows.map { $0.map { words[$0] }.joined(separator: " ") }, shape: [2, 1])
        }
        func model(_ type: DataType) throws -> Model {
            let inputs = ["first", "second"].map { name in
                type == .string
                    ? Input([1], batchSize: 2, type: type, name: name)
                    : Input([nil], batchSize: 2, type: type, name: name)
            }
            let numbers = type == .string ? TextVectorization(vocabulary: words)(inputs[0]) : inputs[0]
            let memory = LSTM(3, stateful: true)(Embedding(5, 2)(numbers))
            let found =
                type == .string
                ? TextVectorization(outputMode: .multiHot, vocabulary: words)(inputs[1])
                : CategoryEncoding(4)(inputs[1])
            return try Model(
                inputs: inputs, outputs: Dense(2)(Concatenate()(memory, found)), seed: 3,
                communicator: SingleProcess())
        }
        let (a, b) = (ids(first, 1), ids(second, 2))
        let (ofText, ofNumbers) = (try model(.string), try model(.int32))
        try ofNumbers.setWeights(ofText.weights)
        for _ in 0..<2 {
            let received = try ofText.predict(["first": text(a, first), "second": text(b, second)], batchSize: 2)
            let expected = try ofNumbers.predict(
                [
                    "first": Tensor(integers: a.map { Int32($0 + 2) }, shape: [2, first]),
                    "second": Tensor(integers: b.map { Int32($0 + 1) }, shape: [2, second]),
                ], batchSize: 2)
            #expect(relativeError(received, expected) < 1e-6)
        }
    }

    @Test("a stateful layer in a model whose inputs have no batch size is an error that names it")
    func unknownBatch() {
        let error = LayerError.argument(
            layer: "memory", name: "stateful", requirement: "false where the model's inputs have no batchSize",
            received: "true")
        #expect(throws: error) {
            let input = Input([4, 2])
            _ = try Model(inputs: input, outputs: LSTM(3, stateful: true, name: "memory")(input))
        }
    }

    @Test("a batch of another size is an error on all ranks", arguments: [1, 3])
    func otherBatch(ranks: Int) throws {
        let error = TrainingError.batchSize(layer: "memory", expected: 5, received: 2)
        for outcome in ThreadCluster.outcomes(
            ranks,
            { communicator in
                let model = model(LSTM(3, stateful: true, name: "memory"), steps: 3, communicator)
                try model.compile(optimizer: .sgd, loss: .mse)
                try model.fit(sample([7, 3, 2], seed: 1), sample([7, 2], seed: 2), batchSize: 5, verbose: 0)
            })
        { #expect(throws: error) { try outcome.get() } }
    }
}
