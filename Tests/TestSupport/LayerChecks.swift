import Lockstep

/// N ranks train every layer to the result of one rank. Oracle: the same global batches in one process.
let layerChecks: [Check] = [
    Check("every layer trains to the weights of one rank, with ragged and empty shards") { communicator in
        let expected = try outcomesOfOneRank(LayerRow.all, on: communicator) { try train($0, on: $1) }
        for (row, expected) in zip(LayerRow.all, expected) {
            try matches(try train(row, on: communicator), expected, on: communicator, what: row.name)
        }
    },
    Check("every layer trains to the bits of one rank where results must not depend on the ranks") { communicator in
        for microShards in [8, 3] {
            let mode = Reproducibility.acrossRanks(microShards: microShards)
            let expected = try outcomesOfOneRank(LayerRow.all, on: communicator) {
                try train($0, on: $1, mode, threads: 2)
            }
            for (row, expected) in zip(LayerRow.all, expected) {
                // NaN in memory that is no longer used must make no difference.
                let received = try train(row, on: communicator, mode, fillsDeadMemory: true)
                try expectSameBits(received, expected, "\(row), \(microShards) micro-shards")
            }
        }
    },
    Check("a program's own operation trains to the bits of one rank") { communicator in
        func outcome(_ communicator: any Communicator, _ mode: Reproducibility) throws -> Outcome {
            let model = Sequential(
                [Dense(5, activation: .tanh, inputDim: 6), Factor(), Dense(3)], seed: 1, communicator: communicator)
            model.givenThreads = 1
            try model.compile(optimizer: .adam, loss: .mse)
            let (x, y) = task(samples: 13)
            let history = try model.fit(x, y, epochs: 3, batchSize: 8, verbose: 0, reproducibility: mode)
            return Outcome(history: history, weights: try model.weights)
        }
        for microShards in [8, 3] {
            let mode = Reproducibility.acrossRanks(microShards: microShards)
            let expected = try outcome(SingleProcess(), mode)
            try expect(expected.weights[2][0] != 1, "the factor is trained")
            try expectSameBits(try outcome(communicator, mode), expected, "\(microShards) micro-shards")
        }
    },
    Check("a layer at two places trains to the bits of one rank") { communicator in
        func outcome(_ communicator: any Communicator, _ mode: Reproducibility) throws -> Outcome {
            let (input, shared) = (Input([6]), Dense(6, activation: .tanh))
            let output = Dense(3)(Add()(shared(shared(input)), input))
            let model = try Model(inputs: input, outputs: output, seed: 1, communicator: communicator)
            model.givenThreads = 1
            try model.compile(optimizer: .adam, loss: .mse)
            let (x, y) = task(samples: 13)
            let history = try model.fit(x, y, epochs: 3, batchSize: 8, verbose: 0, reproducibility: mode)
            return Outcome(history: history, weights: try model.weights)
        }
        for microShards in [8, 3] {
            let mode = Reproducibility.acrossRanks(microShards: microShards)
            let expected = try outcome(SingleProcess(), mode)
            try expectSameBits(try outcome(communicator, mode), expected, "\(microShards) micro-shards")
        }
    },
    Check("two inputs, two losses and weighted samples train to the bits of one rank, from rank 0's data too") {
        communicator in
        func outcome(_ communicator: any Communicator, _ mode: Reproducibility, from rank0: Bool = false) throws
            -> Outcome
        {
            let (wide, narrow) = (Input([6], name: "wide"), Input([2, 2], name: "narrow"))
            let both = Add()(Dense(4, activation: .tanh)(wide), Flatten()(Dense(2)(narrow)))
            let outputs = [
                Dense(3, name: "sums")(both), Dense(3, activation: .softmax, name: "kinds")(Reshape(2, 2)(both)),
            ]
            let model = try Model(inputs: [wide, narrow], outputs: outputs, seed: 1, communicator: communicator)
            model.givenThreads = 1
            try model.compile(
                optimizer: .adam, losses: ["sums": MeanSquaredError(), "kinds": SparseCategoricalCrossentropy()],
                lossWeights: ["kinds": 0.4], metrics: ["sums": [.meanAbsoluteError], "kinds": [.accuracy]])
            let (x, y) = task(samples: 13)
            let labels = try Tensor((0..<26).map { Float($0 * $0 % 3) }).reshaped([13, 2])
            let second = try Tensor((0..<52).map { Float($0 % 7) / 7 }).reshaped([13, 2, 2])
            let has = !rank0 || communicator.rank == 0
            let history = try model.fit(
                has ? ["narrow": second, "wide": x] : nil, has ? [y, labels] : nil,
                sampleWeight: has ? Tensor((0..<13).map { Float($0 % 4) / 2 }) : nil, epochs: 3, batchSize: 8,
                verbose: 0,
                reproducibility: mode)
            try expect(
                history.names == ["loss", "sums_mean_absolute_error", "kinds_accuracy", "sums_loss", "kinds_loss"],
                "\(history.names)")
            return Outcome(history: history, weights: try model.weights)
        }
        for microShards in [8, 3] {
            let mode = Reproducibility.acrossRanks(microShards: microShards)
            let expected = try outcome(SingleProcess(), mode)
            try expectSameBits(try outcome(communicator, mode), expected, "\(microShards) micro-shards")
            try expectSameBits(
                try outcome(communicator, mode, from: true), expected, "\(microShards) micro-shards, rank 0's data")
        }
    },
    Check(
        "two masked losses and their metrics train to the bits of one rank, where a rank, or a batch, has no step that counts"
    ) {
        communicator in
        func outcome(_ communicator: any Communicator, _ mode: Reproducibility) throws -> Outcome {
            let words = Input([4], name: "words")
            let hidden = Bidirectional(GRU(3, returnSequences: true))(Embedding(5, 6, maskZero: true)(words))
            let outputs = [
                Dense(3, activation: .softmax, name: "kinds")(BatchNormalization()(hidden)),
                Dense(1, name: "steps")(LSTM(4, returnSequences: true)(hidden)),
            ]
            let model = try Model(inputs: [words], outputs: outputs, seed: 1, communicator: communicator)
            model.givenThreads = 1
            try model.compile(
                optimizer: Adam(gradientAccumulationSteps: 2),
                losses: ["kinds": SparseCategoricalCrossentropy(), "steps": MeanSquaredError()],
                lossWeights: ["kinds": 0.4],
                metrics: ["kinds": [.accuracy, .sparseCategoricalAccuracy], "steps": [.meanAbsoluteError]])
            // The second of three batches has no step that counts. Some rows of the other batches have none either.
            let x = Tensor.zeros([21, 4])
            for row in 0..<21 where row / 8 != 1 && row % 8 > 1 {
                for step in 0..<row % 5 { x[row * 4 + min(step, 3)] = Float((row + step) % 5) }
            }
            let labels = try Tensor((0..<84).map { Float($0 * $0 % 3) }).reshaped([21, 4])
            let history = try model.fit(
                x, [labels, sample([21, 4, 1], seed: 3)], epochs: 2, batchSize: 8, verbose: 0,
                validationData: (x, [labels, sample([21, 4, 1], seed: 4)]), shuffle: false, reproducibility: mode)
            try expect(history.names.allSatisfy { history[$0]!.allSatisfy(\.isFinite) }, "\(history)")
            return Outcome(history: history, weights: try model.weights)
        }
        try matches(
            try outcome(communicator, .onSameRanks), try outcome(SingleProcess(), .onSameRanks), on: communicator,
            what: "masked losses")
        for microShards in [8, 3] {
            let mode = Reproducibility.acrossRanks(microShards: microShards)
            try expectSameBits(
                try outcome(communicator, mode), try outcome(SingleProcess(), mode), "\(microShards) micro-shards")
        }
    },
    Check("weights that no layer renews stay as they were") { communicator in
        let model = Sequential([InputLayer([6]), Shift(), Dense(3)], seed: 1, communicator: communicator)
        try model.compile(optimizer: .sgd, loss: .mse)
        let (x, y) = task(samples: 40)
        try model.fit(x, y, epochs: 2, batchSize: 8, verbose: 0)
        let shift = try model.weights[0].elements
        try expect(shift == [0.75], "after 10 steps the constant 0.75 is \(shift)")
    },
]

/// Adds a constant.
private final class Shift: Layer {
    let properties = LayerProperties()
    private var shift: Weight!

    func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        shift = try weights.add("shift", [1], .constant(0.75), role: .constant)
    }
    func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] {
        inputs[0].applying(Addend(), with: [shift])
    }

    private struct Addend: Operation {
        func outputs(_ inputs: [TensorSpec]) -> [TensorSpec] { [inputs[0]] }
        func forward(_ pass: ForwardPass) {
            for index in 0..<pass.inputs[0].count { pass.outputs[0][index] = pass.inputs[0][index] + pass.inputs[1][0] }
        }
        func backward(_ pass: BackwardPass) { pass.inputGradients[0]?.assign(pass.outputGradient) }
    }
}

/// Multiplies by one trainable factor. Its own operation knows neither ranks nor micro-shards.
private final class Factor: Layer {
    let properties = LayerProperties()
    private var factor: Weight!

    func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        factor = try weights.add("factor", [1], .ones)
    }
    func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] {
        inputs[0].applying(Multiply(), with: [factor])
    }

    private struct Multiply: Operation {
        func outputs(_ inputs: [TensorSpec]) -> [TensorSpec] { [inputs[0]] }
        func forward(_ pass: ForwardPass) { pass.outputs[0].assign(pass.inputs[0] * pass.inputs[1][0]) }
        func backward(_ pass: BackwardPass) {
            let (x, dy) = (pass.inputs[0], pass.outputGradient)
            pass.sumOverRows(1) { rows, sum in
                let (x, dy) = (x.rows(rows), dy.rows(rows))
                sum.fill((0..<x.count).reduce(0) { $0 + x[$1] * dy[$1] })
            }
            pass.inputGradients[0]?.assign(dy * pass.inputs[1][0])
        }
    }
}

/// Trains two epochs of 13 samples in batches of 8. The second batch has 5 rows: fewer than 7 ranks, and more than 4.
/// Stateful layers, whose batches are of one size, have 10 samples in batches of 5.
private func train(
    _ row: LayerRow, on communicator: any Communicator, _ mode: Reproducibility = .onSameRanks, threads: Int? = 1,
    fillsDeadMemory: Bool = false
) throws -> Outcome {
    let (samples, batchSize) = row.isStateful ? (10, 5) : (13, 8)
    let model = try row.trainableModel(communicator: communicator, threads: threads, batchSize: batchSize)
    model.fillsDeadMemory = fillsDeadMemory
    try model.compile(optimizer: SGD(learningRate: 0.05, momentum: 0.5), loss: .mse)
    let x = try row.inputs(samples)
    let history = try model.fit(
        x, sample([samples, 2], seed: 3), epochs: 2, batchSize: batchSize, verbose: 0, reproducibility: mode)
    return Outcome(history: history, weights: try model.weights + [model.predict(x, batchSize: 5)])
}
