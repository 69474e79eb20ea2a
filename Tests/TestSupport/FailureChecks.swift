import Lockstep

/// Bad input on any rank is one clear error on every rank, and no hang. Oracle: the expected error.
let failureChecks: [Check] =
    badArguments.map { bad in
        Check("on every rank: \(bad.name)") { communicator in
            try expectThrow(bad.expected, { "\($0)".contains(bad.expected) }) { try bad.body(communicator, true) }
            // The ranks still make the same calls.
            try communicator.barrier()
        }
    }
    + badArguments.map { bad in
        Check("on the last rank alone: \(bad.name)") { communicator in
            let isBad = communicator.rank == communicator.size - 1
            // An argument that is wrong by itself is reported as wrong. Data or a model that differ from rank 0's are
            // reported as a difference. The other ranks name the rank.
            func isExpected(_ error: any Error) -> Bool {
                "\(error)".contains("differs from rank 0's")
                    || "\(error)".contains(isBad ? bad.expected : "on rank \(communicator.size - 1)")
            }
            try expectThrow(bad.expected, isExpected) {
                try bad.body(communicator, isBad)
            }
            try communicator.barrier()
        }
    } + disagreements

struct BadArgument: Sendable {
    let name: String
    /// A part of the message.
    let expected: String
    /// Calls a model with something wrong if the flag is set, otherwise with something right.
    let body: @Sendable (any Communicator, Bool) throws -> Void
}

private let (x, y) = task(samples: 20)

private func fit(
    _ communicator: any Communicator, _ x: Tensor? = x, _ y: Tensor? = y, epochs: Int = 1, batchSize: Int = 8,
    validationSplit: Double = 0
) throws {
    try classifier(communicator, features: 6, classes: 3).fit(
        x, y, epochs: epochs, batchSize: batchSize, verbose: 0, validationSplit: validationSplit)
}

let badArguments: [BadArgument] = [
    BadArgument(name: "x of another width", expected: "rows of x must have the shape [6]") {
        try fit($0, $1 ? sample([20, 5], seed: 1) : x)
    },
    BadArgument(name: "x and y of different lengths", expected: "same number of rows, received: 20 and 19") {
        try fit($0, x, $1 ? y.rows(0..<19) : y)
    },
    BadArgument(name: "empty data", expected: "x must be not empty") {
        try fit($0, $1 ? x.rows(0..<0) : x, $1 ? y.rows(0..<0) : y)
    },
    BadArgument(name: "batch size 0", expected: "batchSize must be 1 or more, received: 0") {
        try fit($0, batchSize: $1 ? 0 : 8)
    },
    BadArgument(name: "negative batch size", expected: "batchSize must be 1 or more, received: -3") {
        try fit($0, batchSize: $1 ? -3 : 8)
    },
    BadArgument(name: "negative epochs", expected: "epochs must be 0 or more") { try fit($0, epochs: $1 ? -1 : 1) },
    BadArgument(name: "validation split 1", expected: "validationSplit must be from 0 to below 1") {
        try fit($0, validationSplit: $1 ? 1 : 0)
    },
    BadArgument(
        name: "a validation split that leaves nothing", expected: "must leave samples for training and for validation"
    ) {
        try fit($0, $1 ? x.rows(0..<1) : x, $1 ? y.rows(0..<1) : y, validationSplit: 0.5)
    },
    BadArgument(name: "y of the wrong width", expected: "y must hold rows of the output's shape [3]") {
        try fit($0, x, $1 ? sample([20, 2], seed: 1) : y)
    },
    BadArgument(
        name: "labels out of range",
        expected: "whole class numbers from 0 to 2 for sparse_categorical_crossentropy, received: 3.0 in row 1"
    ) {
        let model = try classifier($0, features: 6, classes: 3)
        try model.compile(loss: .sparseCategoricalCrossentropy)
        let labels = Tensor((0..<20).map { Float($0 % 3) })
        if $1 { labels[1] = 3 }
        try model.fit(x, labels, verbose: 0)
    },
    BadArgument(name: "fit before compile", expected: "fit needs a compiled model") {
        let model = Sequential([Dense(3, inputDim: 6)], communicator: $0)
        if !$1 { try model.compile(loss: .mse) }
        try model.fit(x, y, verbose: 0)
    },
    BadArgument(name: "evaluate before compile", expected: "evaluate needs a compiled model") {
        let model = Sequential([Dense(3, inputDim: 6)], communicator: $0)
        if !$1 { try model.compile(loss: .mse) }
        try model.evaluate(x, y, verbose: 0)
    },
    BadArgument(name: "targets missing", expected: "y must be given with x") { try fit($0, x, $1 ? nil : y) },
    BadArgument(name: "layers that do not fit", expected: "layer 'dense': units must be positive, received: 0") {
        let model = Sequential([Dense($1 ? 0 : 3)], communicator: $0)
        try model.compile(loss: .mse)
        try model.fit(x, y, verbose: 0)
    },
    BadArgument(name: "a loss that is no number", expected: "the loss became inf in epoch 1, step 2") {
        let extreme = x.copy()
        if $1 { extreme[9, 0] = 1e30 }
        let model = Sequential([Dense(3, inputDim: 6)], seed: 1, communicator: $0)
        try model.compile(optimizer: .sgd, loss: .mse)
        try model.setWeights([.full([6, 3], 1e20), .zeros([3])])
        try model.fit(extreme, y, batchSize: 8, verbose: 0, shuffle: false)
    },
    BadArgument(
        name: "inputs that are no numbers", expected: "x must hold finite numbers, received: nan in row 17, column 4"
    ) {
        try fit($0, $1 ? x.with(-Float.nan, at: 17 * 6 + 4) : x)
    },
    BadArgument(name: "infinite targets", expected: "y must hold finite numbers, received: -inf in row 19, column 2") {
        try fit($0, x, $1 ? y.with(-.infinity, at: 59) : y)
    },
    BadArgument(
        name: "validation inputs that are no numbers",
        expected: "x of validationData must hold finite numbers, received: nan in row 1,"
    ) {
        let model = try classifier($0, features: 6, classes: 3)
        try model.fit(x, y, verbose: 0, validationData: ($1 ? x.with(.nan, at: 6) : x, y))
    },
    BadArgument(
        name: "validation targets that are no numbers",
        expected: "y of validationData must hold finite numbers, received: nan in row 1,"
    ) {
        let model = try classifier($0, features: 6, classes: 3)
        try model.fit(x, y, verbose: 0, validationData: (x, $1 ? y.with(.nan, at: 3) : y))
    },
    BadArgument(
        name: "evaluation of what is no number",
        expected: "x must hold finite numbers, received: inf in row 0, column 0"
    ) {
        try classifier($0, features: 6, classes: 3).evaluate($1 ? x.with(.infinity, at: 0) : x, y, verbose: 0)
    },
    BadArgument(
        name: "weights that are no numbers",
        expected: "kernel must hold finite numbers, received: nan in row 5, column 2"
    ) {
        let model = Sequential([Dense(3, inputDim: 6)], seed: 1, communicator: $0)
        try model.compile(loss: .mse)
        try model.setWeights([Tensor.zeros([6, 3]).with($1 ? .nan : 0, at: 17), .zeros([3])])
        try model.fit(x, y, verbose: 0)
    },
    BadArgument(
        name: "targets that binary cross-entropy does not take",
        expected:
            "y must hold numbers from 0 to 1 for binary_crossentropy, received: 2.0 in row 3, column 1, counted from 0"
    ) {
        let model = Sequential([Dense(3, activation: .sigmoid, inputDim: 6)], seed: 1, communicator: $0)
        try model.compile(loss: .binaryCrossentropy)
        try model.fit(x, $1 ? y.with(2, at: 10) : y, verbose: 0)
    },
]

/// Ranks that get different things: the error names what differs, and on which ranks. A single rank cannot differ.
private let disagreements: [Check] = [
    disagreement("data") { communicator, differs in try fit(communicator, differs ? sample([20, 6], seed: 9) : x) },
    disagreement("model") { communicator, differs in
        let model = Sequential(
            [Dense(differs ? 5 : 4, inputDim: 6), Dense(3, activation: .softmax)], seed: 1, communicator: communicator)
        try model.compile(loss: .categoricalCrossentropy)
        try model.fit(x, y, verbose: 0)
    },
    disagreement("model", by: "a frozen layer") { communicator, differs in
        let model = Sequential(
            [Dense(4, inputDim: 6), Dense(3, activation: .softmax)], seed: 1, communicator: communicator)
        model.layers[0].isTrainable = !differs
        try model.compile(loss: .categoricalCrossentropy)
        try model.fit(x, y, verbose: 0)
    },
    disagreement("optimizer") { communicator, differs in
        let model = Sequential([Dense(3, activation: .softmax, inputDim: 6)], seed: 1, communicator: communicator)
        try model.compile(optimizer: Adam(learningRate: differs ? 0.01 : 0.001), loss: .categoricalCrossentropy)
        try model.fit(x, y, verbose: 0)
    },
    disagreement("batchSize") { communicator, differs in try fit(communicator, batchSize: differs ? 9 : 8) },
    disagreement("seed") { communicator, differs in
        let model = Sequential(
            [Dense(3, activation: .softmax, inputDim: 6)], seed: differs ? 1 : 2, communicator: communicator)
        try model.compile(loss: .categoricalCrossentropy)
        try model.fit(x, y, verbose: 0)
    },
    Check("data on some ranks, neither on all nor on rank 0 alone") { communicator in
        guard communicator.size > 2 else { return }
        let has = communicator.rank < 2
        try expectThrow("dataOnSomeRanks", { $0 as? TrainingError == .dataOnSomeRanks([0, 1]) }) {
            try fit(communicator, has ? x : nil, has ? y : nil)
        }
    },
    Check("ranks whose branched models differ in the branches alone") { communicator in
        func model(_ differs: Bool) throws -> Model {
            let input = Input([6])
            let (a, b) = (Dense(3)(input), Dense(3)(input))
            let sum = differs ? Add()(b, b, a) : Add()(a, b, b)
            let model = try Model(inputs: input, outputs: sum, seed: 1, communicator: communicator)
            try model.compile(loss: .mse)
            return model
        }
        let last = communicator.size - 1
        guard last > 0 else {
            _ = try model(false).fit(x, y, verbose: 0)
            return
        }
        try expectThrow("ranksDiffer in model", { isDifference($0, in: "model", ranks: [last]) }) {
            try model(communicator.rank == last).fit(x, y, verbose: 0)
        }
    },
    Check("ranks that call different methods") { communicator in
        guard communicator.size > 1 else { return }
        let model = try classifier(communicator, features: 6, classes: 3)
        let last = communicator.size - 1
        try expectThrow("ranksDiffer in call", { isDifference($0, in: "call", ranks: [last]) }) {
            if communicator.rank == last { _ = try model.testOnBatch(x, y) } else { _ = try model.trainOnBatch(x, y) }
        }
    },
    Check("what ranks may differ in: verbosity, weights set on rank 0 alone, a model compiled anew on one rank") {
        communicator in
        let model = Sequential([Dense(3, activation: .softmax, inputDim: 6)], seed: 1, communicator: communicator)
        try model.compile(loss: .categoricalCrossentropy)
        if communicator.rank == 0 { try model.setWeights([.full([6, 3], 0.25), .full([3], 0.5)]) }
        try expect(
            try model.predict(Tensor.zeros([1, 6])).elements.allSatisfy { abs($0 - 1 / 3) < 1e-6 },
            "rank 0's weights count")
        try model.fit(x, y, verbose: 0)
        // Adam and dropout depend on the number of updates. The rank that compiled anew has made none.
        let counting = try classifier(communicator, features: 6, classes: 3)
        try counting.fit(x, y, batchSize: 8, verbose: 0)
        if communicator.rank == communicator.size - 1 {
            try counting.compile(optimizer: .adam, loss: .categoricalCrossentropy, metrics: [.accuracy])
        }
        try agrees(
            Outcome(history: try counting.fit(x, y, batchSize: 8, verbose: 0), weights: try counting.weights),
            on: communicator)
        try agrees(Outcome(history: try model.fit(x, y, verbose: 0), weights: try model.weights), on: communicator)
    },
    Check("a training that failed leaves no rows on their way") { communicator in
        let isRoot = communicator.rank == 0
        // The sums are beyond the range of floats, so the first step fails before the weights change.
        let weights: [Tensor] = [.full([6, 3], 1e20), .zeros([3])]
        let extreme = Tensor.full(x.shape, 1e30)
        let model = Sequential([Dense(3, inputDim: 6)], seed: 1, communicator: communicator)
        try model.compile(optimizer: .sgd, loss: .mse)
        try model.setWeights(weights)
        try expectThrow("notFinite", { "\($0)".contains("the loss became inf") }) {
            try model.fit(isRoot ? extreme : nil, isRoot ? y : nil, batchSize: 4, verbose: 0)
        }
        let alone = Sequential([Dense(3, inputDim: 6)], seed: 1, communicator: SingleProcess())
        try alone.compile(optimizer: .sgd, loss: .mse)
        try alone.setWeights(weights)
        let scores = try model.evaluate(isRoot ? x : nil, isRoot ? y : nil, batchSize: 4, verbose: 0)
        try expect(relativeError(scores.values, try alone.evaluate(x, y, verbose: 0).values) < 1e-6, "\(scores)")
    },
    Check("data on no rank") { communicator in
        try expectThrow("noData", { $0 as? TrainingError == .noData(call: "fit") }) { try fit(communicator, nil, nil) }
    },
]

extension Tensor {
    /// A copy with one element changed.
    fileprivate func with(_ value: Float, at position: Int) -> Tensor {
        let result = copy()
        result[position] = value
        return result
    }
}

/// Whether an error says that ranks got different things, and on which ranks and hosts.
func isDifference(_ error: any Error, in what: String, ranks: [Int]) -> Bool {
    guard case .ranksDiffer(what, ranks, let detail) = error as? TrainingError else { return false }
    return detail.contains("rank \(ranks[0]) on ") && detail.contains(", rank 0 on ")
}

private func disagreement(
    _ what: String, by cause: String? = nil, _ body: @escaping @Sendable (any Communicator, Bool) throws -> Void
) -> Check {
    Check("ranks that differ in: \(what)\(cause.map { ", by \($0)" } ?? "")") { communicator in
        guard communicator.size > 1 else { return try body(communicator, false) }
        let last = communicator.size - 1
        try expectThrow("ranksDiffer in \(what)", { isDifference($0, in: what, ranks: [last]) }) {
            try body(communicator, communicator.rank == last)
        }
        try communicator.barrier()
    }
}
