import Lockstep

/// Trainings with a limit of memory. Oracle: the same training on the same ranks without one, to the bit.
let memoryChecks: [Check] =
    MemoryTrial.all.map { trial in
        Check("within a limit of memory the bits of a training without: \(trial.name)") { communicator in
            let (expected, _) = try trial.train(communicator)
            let smallest = try trial.smallestLimit(communicator)
            for limit in [smallest, smallest * 9 / 8, smallest * 3 / 2, smallest * 9] {
                let (actual, planned) = try trial.train(communicator, limit: .bytes(limit))
                try expectSameBits(actual, expected, "limit \(limit)")
                try expect(planned <= limit, "\(planned) bytes with a limit of \(limit)")
            }
            let (actual, _) = try trial.train(communicator, limit: .bytes(smallest), fillsDeadMemory: true)
            try expectSameBits(actual, expected, "nothing reads what is no longer used")
        }
    } + [
        Check("a limit of memory that cannot be kept is an error with the smallest that can, on every rank") {
            communicator in
            for trial in MemoryTrial.all {
                let (_, planned) = try trial.train(communicator)
                let smallest = try trial.smallestLimit(communicator)
                // On many ranks, weights take more than a shard's tensors.
                let isTold = communicator.size > 1 || smallest <= trial.most * planned / 100
                try expect(isTold, "\(trial.name): \(smallest) of \(planned) bytes")
                try expectThrow(
                    "memoryLimit", { $0 as? TrainingError == .memoryLimit(received: smallest - 1, smallest: smallest) }
                ) { _ = try trial.train(communicator, limit: .bytes(smallest - 1)) }
            }
            try expectThrow("argument", { "\($0)".contains("memoryLimit must be more than 0 bytes, received: 0") }) {
                _ = try MemoryTrial.all[0].train(communicator, limit: .bytes(0))
            }
        },
        Check("a limit of memory counts for its own training") { communicator in
            let trial = MemoryTrial.all[2]
            let smallest = try trial.smallestLimit(communicator)
            func train(_ limits: [MemoryLimit?]) throws -> (Outcome, [Int]) {
                let model = try trial.model(communicator)
                let (x, y) = trial.data()
                var planned: [Int] = []
                var history: History?
                for limit in limits {
                    history = try model.fit(x, y, batchSize: trial.batchSize, verbose: 0, memoryLimit: limit)
                    planned.append(model.plannedMemory ?? 0)
                }
                return (Outcome(history: history!, weights: try model.weights), planned)
            }
            let (actual, planned) = try train([.bytes(smallest), nil, .bytes(smallest), nil])
            let (expected, free) = try train([nil, nil, nil, nil])
            try expectSameBits(actual, expected, "limits now and then")
            try expect(planned[0] <= smallest && planned[2] <= smallest, "\(planned), limit \(smallest)")
            try expect(planned[1] == free[1] && planned[3] == free[3], "\(planned), without a limit \(free)")
        },
        Check("all ranks must be given the same limit of memory") { communicator in
            guard communicator.size > 1 else { return }
            let last = communicator.rank == communicator.size - 1
            try expectThrow("ranksDiffer", { "\($0)".contains("must be given the same memoryLimit") }) {
                _ = try MemoryTrial.all[0].train(communicator, limit: last ? .gigabytes(1) : .gigabytes(2))
            }
        },
    ]

/// A model that is deep enough that tensors kept for backward take most of its memory.
private struct MemoryTrial: Sendable {
    let name: String
    let input: Shape
    var mode = Reproducibility.onSameRanks
    var optimizer: any Optimizer = Adam(learningRate: 0.01)
    let batchSize = 40
    /// What the smallest limit is at most, in percent of the memory without a limit.
    let most: Int
    let layers: @Sendable (SymbolicTensor) -> SymbolicTensor

    static let all: [MemoryTrial] = [
        MemoryTrial(name: "deep dense layers with dropout", input: [16], most: 70) { x in
            var x = x
            for _ in 0..<10 { x = Dropout(0.2)(Dense(16, activation: .gelu)(x)) }
            return Dense(3, activation: .softmax)(x)
        },
        MemoryTrial(
            name: "residual convolutions with normalization, in micro-shards, gradients accumulated", input: [6, 5, 2],
            mode: .acrossRanks(microShards: 8), optimizer: Adam(learningRate: 0.01, gradientAccumulationSteps: 2),
            most: 80
        ) { x in
            var x = Conv2D(4, kernelSize: 3, padding: .same)(x)
            for _ in 0..<4 {
                let first = Activation(.relu)(
                    BatchNormalization(momentum: 0.8)(Conv2D(4, kernelSize: 3, padding: .same, useBias: false)(x)))
                let second = BatchNormalization()(Conv2D(4, kernelSize: 1)(first))
                x = Activation(.relu)(Add()(second, x))
            }
            return Dense(3, activation: .softmax)(GlobalAveragePooling2D()(x))
        },
        MemoryTrial(name: "a transformer", input: [7, 8], most: 80) { x in
            var x = x
            for _ in 0..<3 {
                let attended = Dropout(0.1)(MultiHeadAttention(numHeads: 2, keyDim: 4)(x, x))
                x = LayerNormalization()(Add()(x, attended))
                let wide = Dense(16, activation: .relu)(x)
                x = LayerNormalization()(Add()(x, Dense(8)(wide)))
            }
            return Dense(3, activation: .softmax)(GlobalAveragePooling1D()(x))
        },
        MemoryTrial(name: "recurrences one after another", input: [9, 5], optimizer: RMSprop(), most: 80) { x in
            var x = x
            for _ in 0..<3 { x = GRU(6, returnSequences: true)(LSTM(6, returnSequences: true)(x)) }
            return Dense(3, activation: .softmax)(LSTM(4)(x))
        },
    ]

    func model(_ communicator: any Communicator) throws -> Model {
        let input = Input(self.input)
        let model = try Model(inputs: input, outputs: layers(input), seed: 3, communicator: communicator)
        model.givenThreads = 1
        try model.compile(optimizer: optimizer, loss: .categoricalCrossentropy, metrics: [.accuracy])
        return model
    }

    func data() -> (Tensor, Tensor) { (sample(Shape([110] + input.dimensions), seed: 5), task(samples: 110).1) }

    /// The result, and the memory that this rank planned.
    func train(_ communicator: any Communicator, limit: MemoryLimit? = nil, fillsDeadMemory: Bool = false) throws
        -> (Outcome, Int)
    {
        let model = try model(communicator)
        model.fillsDeadMemory = fillsDeadMemory
        let (x, y) = data()
        let history = try model.fit(
            x, y, epochs: 2, batchSize: batchSize, verbose: 0, validationSplit: 0.2, reproducibility: mode,
            memoryLimit: limit)
        return (Outcome(history: history, weights: try model.weights), model.plannedMemory ?? 0)
    }

    /// The smallest limit, as the error for a smaller one tells it.
    func smallestLimit(_ communicator: any Communicator) throws -> Int {
        do { _ = try train(communicator, limit: .bytes(1)) } catch TrainingError.memoryLimit(received: 1, let smallest)
        {
            return smallest
        }
        throw CheckFailure(description: "a limit of 1 byte is kept")
    }
}
