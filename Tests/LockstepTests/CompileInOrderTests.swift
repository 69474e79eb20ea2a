import Lockstep
import TestSupport
import Testing

@Suite("Compiling in the order of the outputs") struct CompileInOrderTests {
    private static func model() throws -> Model {
        let input = Input([4])
        return try Model(
            inputs: input,
            outputs: [
                Dense(2, name: "place")(input), Dense(3, activation: .softmax, name: "kind")(input),
                Dense(1, name: "free")(input),
            ], seed: 3, communicator: SingleProcess())
    }

    /// Oracle: the same by name, which `Tests/Keras/training.py` compares with real Keras.
    @Test("losses, weights and metrics in order mean what they mean by name")
    func sameAsByName() throws {
        let (x, place) = (Tensor.uniform([20, 4], seed: 1), Tensor.uniform([20, 2], seed: 2))
        let kind = Tensor((0..<20).map { Float($0 % 3) })
        let (ordered, named) = (try Self.model(), try Self.model())
        try ordered.compile(
            optimizer: .adam, losses: [MeanSquaredError(), SparseCategoricalCrossentropy(), nil],
            lossWeights: [0.3, 2, 1],
            metrics: [[.named("mae")], [.accuracy], []])
        try named.compile(
            optimizer: .adam, losses: ["kind": SparseCategoricalCrossentropy(), "place": MeanSquaredError()],
            lossWeights: ["place": 0.3, "kind": 2], metrics: ["place": [.named("mae")], "kind": [.accuracy]])
        let histories = try [ordered, named].map { try $0.fit(x, [place, kind], epochs: 2, verbose: 0) }
        #expect(histories[0].names == histories[1].names)
        for name in histories[0].names { #expect(histories[0][name] == histories[1][name]) }
        #expect(try ordered.weights == named.weights)
    }

    @Test("lists of another length than there are outputs are refused")
    func refused() throws {
        let outputs = ["place", "kind", "free"]
        func error(_ name: String, _ count: Int) -> TrainingError {
            .argument(name, requirement: "3, for \(outputs)", received: "\(count)")
        }
        #expect(throws: error("losses", 1)) { try Self.model().compile(losses: [MeanSquaredError()]) }
        #expect(throws: error("lossWeights", 2)) {
            try Self.model().compile(losses: [MeanSquaredError(), nil, nil], lossWeights: [1, 2])
        }
        #expect(throws: error("metrics", 4)) {
            try Self.model().compile(losses: [MeanSquaredError(), nil, nil], metrics: [[], [], [], []])
        }
    }
}
