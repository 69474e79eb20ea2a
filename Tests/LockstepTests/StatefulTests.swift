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
