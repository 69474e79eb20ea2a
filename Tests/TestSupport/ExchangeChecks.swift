import Lockstep

/// Every way to exchange gradients gives what one rank computes. The options say how many ranks a node has.
let exchangeChecks: [Check] = [
    Check("every way to exchange: history and weights of one rank") { communicator in
        let (x, y) = task(samples: 61)
        let expected = try outcome(SingleProcess(), x, y)
        for (name, options) in try waysToExchange(communicator) {
            do {
                try matches(try outcome(communicator, x, y, exchange: options), expected, on: communicator)
            } catch { throw CheckFailure(description: "\(name): \(error)") }
        }
    },
    Check(
        "every way to exchange: branches, statistics of the batch, data on rank 0, accumulated gradients, fewer samples than ranks"
    ) {
        communicator in
        let x = sample([31, 6, 5, 2], seed: 1)
        let (_, y) = task(samples: 31)
        func train(_ communicator: any Communicator, _ options: ExchangeOptions, samples: Range<Int>, isHere: Bool)
            throws -> Outcome
        {
            let input = Input([6, 5, 2])
            let a = BatchNormalization(momentum: 0.8)(Conv2D(4, kernelSize: 3, useBias: false)(input))
            let b = Conv2D(4, kernelSize: 3)(input)
            let output = Dense(3, activation: .softmax)(Dropout(0.2)(Flatten()(Add()(a, b, a))))
            let model = try Model(inputs: input, outputs: output, seed: 4, communicator: communicator)
            try model.compile(
                optimizer: SGD(learningRate: 0.1, momentum: 0.9, gradientAccumulationSteps: 2),
                loss: .categoricalCrossentropy,
                metrics: [.accuracy], exchange: options)
            let history = try model.fit(
                isHere ? x.rows(samples) : nil, isHere ? y.rows(samples) : nil, epochs: 2, batchSize: 9, verbose: 0)
            return Outcome(history: history, weights: try model.weights)
        }
        for samples in [0..<31, 0..<2] {
            let expected = try train(SingleProcess(), ExchangeOptions(), samples: samples, isHere: true)
            for (name, options) in try waysToExchange(communicator) {
                do {
                    try matches(
                        try train(communicator, options, samples: samples, isHere: communicator.rank == 0), expected,
                        on: communicator)
                } catch { throw CheckFailure(description: "\(name), \(samples.count) samples: \(error)") }
            }
        }
    },
    Check("two bytes per number between nodes: close to four, and the same on all ranks") { communicator in
        let (x, y) = task(samples: 61)
        let expected = try outcome(SingleProcess(), x, y)
        for wire in [WireFormat.bfloat16, .float16] {
            for shardOptimizer in [false, true] {
                let options = nodes(
                    of: 2, ExchangeOptions(strategy: .hierarchical, wire: wire, shardOptimizer: shardOptimizer))
                let actual = try outcome(communicator, x, y, exchange: options)
                try agrees(actual, on: communicator)
                let error = relativeError(actual.history["loss"]!, expected.history["loss"]!)
                try expect(error < (wire == .bfloat16 ? 2e-2 : 2e-3), "\(wire): the losses differ by \(error)")
            }
        }
    },
    Check("a loss that is not a number changes no weights, with any way to exchange") { communicator in
        let (x, y) = task(samples: 40)
        // Twice this number is beyond the range of floats.
        let extreme: Float = 3e38
        x[30, 1] = extreme
        for (name, options) in try waysToExchange(communicator) {
            let model = Sequential([Dense(5, inputDim: 6), Dense(3)], seed: 1, communicator: communicator)
            try model.compile(optimizer: SGD(learningRate: 0), loss: .mse, exchange: options)
            try model.setWeights([.full([6, 5], 2), .zeros([5]), .full([5, 3], 0.5), .zeros([3])])
            // The first steps are right, but do not update the weights.
            let before = try model.weights
            try expectThrow(name, { "\($0)".contains("the loss became inf in epoch 1, step 4") }) {
                try model.fit(x, y, batchSize: 8, verbose: 0, shuffle: false)
            }
            if communicator.rank == 0 { try expect(try model.weights == before, "\(name): weights moved") }
            x[30, 1] = 0
            try agrees(Outcome(history: try model.fit(x, y, verbose: 0), weights: try model.weights), on: communicator)
            x[30, 1] = extreme
        }
    },
    Check("weights that are set on one rank are not seen by others before all train") { communicator in
        let (x, y) = task(samples: 20)
        let model = try classifier(communicator, features: 6, classes: 3)
        try model.fit(x, y, verbose: 0)
        let trained = try model.weights
        let last = communicator.size - 1
        if communicator.rank == last { try model.setWeights(trained.map { Tensor.full($0.shape, 7) }) }
        try communicator.barrier()
        let present = try model.weights
        let isSet = communicator.rank == last
        try expect(
            present == (isSet ? trained.map { Tensor.full($0.shape, 7) } : trained),
            "rank \(communicator.rank) sees others' weights")
        // Rank 0's weights count, before and after a prediction.
        _ = try model.predict(x)
        try expect(try model.weights == (last == 0 ? present : trained), "rank 0's weights are not everybody's")
        try agrees(Outcome(history: try model.fit(x, y, verbose: 0), weights: try model.weights), on: communicator)
    },
    Check("each weight is updated, and has its slots, once on each node, or once in the job") { communicator in
        let count = 5 * 16 * 1024 + 48
        for limit in [nil, 1, 2, 3] {
            for shardOptimizer in [false, true] {
                var options = ExchangeOptions(bucketBytes: 30_000, shardOptimizer: shardOptimizer)
                options.nodeLimit = limit
                let exchange = try options.exchange(
                    for: ExchangeSubject(gradients: [.zeros([count])], starts: [0, 160, 40_000], totals: 1),
                    communicator: communicator,
                    crew: Crew(threads: 1, instructionSet: .portable), isOversubscribed: true, warn: { _ in })
                var updates = [Double](repeating: 0, count: count)
                for piece in exchange.pieces { for position in piece.range { updates[position] += 1 } }
                try communicator.allReduceSum(&updates)
                let nodes = try communicator.nodeMap(limit: limit).members.count
                let expected = shardOptimizer ? 1.0 : Double(nodes)
                try expect(
                    updates.allSatisfy { $0 == expected },
                    "of \(limit ?? 0) ranks a node, the optimizer once: \(shardOptimizer)")
            }
        }
    },
    Check("options that are not valid on the ranks") { communicator in
        let (x, y) = task(samples: 20)
        func fit(_ options: ExchangeOptions) throws {
            let model = Sequential([Dense(3, activation: .softmax, inputDim: 6)], seed: 1, communicator: communicator)
            try model.compile(loss: .categoricalCrossentropy, exchange: options)
            try model.fit(x, y, verbose: 0)
        }
        for (options, message) in [
            (ExchangeOptions(bucketBytes: 0), "bucketBytes must be 4 or more, received: 0"),
            (
                ExchangeOptions(strategy: .allReduce, wire: .bfloat16),
                "wire must be float32 where its strategy is all-reduce, received: bfloat16"
            ),
            (ExchangeOptions(strategy: .allReduce, shardOptimizer: true), "shardOptimizer must be false"),
        ] {
            try expectThrow(message, { "\($0)".contains(message) }) { try fit(options) }
        }
        guard communicator.size > 1 else { return }
        let message =
            "strategy must be hierarchical or all-reduce on several nodes, received: shared on \(communicator.size)"
        try expectThrow(message, { "\($0)".contains(message) }) {
            try fit(nodes(of: 1, ExchangeOptions(strategy: .shared)))
        }
        try expectThrow("ranksDiffer", { "\($0)".contains("must be given the same exchange") }) {
            try fit(ExchangeOptions(strategy: communicator.rank == 0 ? .allReduce : .hierarchical))
        }
    },
]

func nodes(of ranks: Int, _ options: ExchangeOptions) -> ExchangeOptions {
    var options = options
    options.nodeLimit = ranks
    return options
}

/// Strategies, and sizes of nodes and buckets. Ways that need one host are used only if all ranks are on one host.
func waysToExchange(_ communicator: any Communicator) throws -> [(String, ExchangeOptions)] {
    let isOneNode = try communicator.nodeMap(limit: nil).members.count == 1
    return isOneNode ? waysOnOneNode + waysOnSeveral : waysOnSeveral
}

private let waysOnOneNode: [(String, ExchangeOptions)] = [
    ("shared", ExchangeOptions(strategy: .shared)),
    ("shared, small buckets", ExchangeOptions(strategy: .shared, bucketBytes: 256)),
]

private let waysOnSeveral: [(String, ExchangeOptions)] = [
    ("all-reduce", ExchangeOptions(strategy: .allReduce)), ("as chosen", ExchangeOptions()),
    ("as chosen, small buckets", ExchangeOptions(bucketBytes: 256)), ("nodes of 1", nodes(of: 1, ExchangeOptions())),
    ("nodes of 1, small buckets", nodes(of: 1, ExchangeOptions(strategy: .hierarchical, bucketBytes: 300))),
    ("nodes of 1, the optimizer once", nodes(of: 1, ExchangeOptions(bucketBytes: 1000, shardOptimizer: true))),
    ("nodes of 2", nodes(of: 2, ExchangeOptions(strategy: .hierarchical))),
    ("nodes of 2, the optimizer once", nodes(of: 2, ExchangeOptions(bucketBytes: 500, shardOptimizer: true))),
    ("nodes of 3, small buckets", nodes(of: 3, ExchangeOptions(bucketBytes: 400))),
]
