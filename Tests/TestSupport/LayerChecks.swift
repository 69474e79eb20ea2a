import Lockstep

/// N ranks train every layer to what one rank trains it to. Oracle: the same global batches in one process.
let layerChecks: [Check] = [
    Check("every layer trains to the weights of one rank, with ragged and empty shards") { communicator in
        for row in LayerRow.all {
            let expected = try train(row, on: SingleProcess())
            try matches(try train(row, on: communicator), expected, on: communicator, what: row.name)
        }
    },
    Check("every layer trains to the bits of one rank where results must not depend on the ranks") { communicator in
        for row in LayerRow.all {
            for microShards in [8, 3] {
                let mode = Reproducibility.acrossRanks(microShards: microShards)
                let expected = try train(row, on: SingleProcess(), mode, threads: 2)
                try expectSameBits(try train(row, on: communicator, mode), expected, "\(row), \(microShards) micro-shards")
            }
        }
    },
]

/// Two epochs of 13 samples in batches of 8, whose second has 5 rows: fewer than 7 ranks, and more than 4.
private func train(
    _ row: LayerRow, on communicator: any Communicator, _ mode: Reproducibility = .onSameRanks, threads: Int? = 1
) throws -> Outcome {
    let model = try row.trainableModel(communicator: communicator, threads: threads)
    try model.compile(optimizer: SGD(learningRate: 0.05, momentum: 0.5), loss: .mse)
    let x = try row.inputs(13)
    let history = try model.fit(x, sample([13, 2], seed: 3), epochs: 2, batchSize: 8, verbose: 0, reproducibility: mode)
    return Outcome(history: history, weights: try model.weights + [model.predict(x, batchSize: 5)])
}
