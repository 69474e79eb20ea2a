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
    Check("state that no layer writes stays as it was") { communicator in
        let model = Sequential([InputLayer([6]), Shift(), Dense(3)], seed: 1, communicator: communicator)
        try model.compile(optimizer: .sgd, loss: .mse)
        let (x, y) = task(samples: 40)
        try model.fit(x, y, epochs: 2, batchSize: 8, verbose: 0)
        let shift = try model.weights[0].elements
        try expect(shift == [0.75], "after 10 steps the constant 0.75 is \(shift)")
    },
]

/// Adds a constant that it holds as state.
private final class Shift: Layer {
    var name = ""
    private var shift: Parameter!

    func build(_ inputs: [Shape], _ parameters: inout ParameterList) throws(LayerError) -> Shape {
        shift = try parameters.add("shift", [1], .constant(0.75), isTrainable: false, keeping: shift)
        return try single(inputs)
    }
    func memory(_ inputs: [Shape], output: Shape, training: Bool) -> LayerMemory { LayerMemory() }
    func forward(_ pass: Forward) { for index in 0..<pass.input.count { pass.output[index] = pass.input[index] + shift.value[0] } }
    func backward(_ pass: Backward) { pass.inputGradient?.assign(pass.outputGradient) }
}

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
