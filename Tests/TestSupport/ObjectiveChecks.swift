import Lockstep
import LockstepFormats
import LockstepLayers

/// A model whose training steps `Tests/Fixtures/objectives.py` writes in Keras: one of the functions there.
struct ObjectiveRow: Sendable {
    let name: String
    /// What Keras calls the losses, by the names that the history has here.
    let losses: [String: String]
    let compile: @Sendable (Model, ExchangeOptions) throws -> Void
    /// Whether the model has targets too.
    var hasTargets = false

    private static let known = try! Npz.read(fixture("objectives.npz"))

    /// What Keras computes belongs to the file's name.
    private func known(_ part: String) -> Tensor? { Self.known["\(file)/\(part)"] }
    private var file: String { String(name.prefix { $0 != "," }) }

    /// - Parameter isHere: whether this rank has the data.
    func train(
        _ communicator: any Communicator, mode: Reproducibility = .onSameRanks,
        exchange: ExchangeOptions = ExchangeOptions(), isHere: Bool = true, checkpoint: Checkpoint? = nil,
        callbacks: [any Callback] = []
    ) throws -> Outcome {
        let model = try Model.load(fixture("models/objectives-\(file).keras"), communicator: communicator)
        try compile(model, exchange)
        let x = isHere ? [known("x0")!, known("x1")!] : nil
        let history = try model.fit(
            x, hasTargets ? x?[0] : nil, epochs: 3, batchSize: 7, verbose: 0, shuffle: false, reproducibility: mode,
            callbacks: callbacks, checkpoint: checkpoint)
        return try Outcome(history: history, weights: model.weights)
    }

    func compare(_ outcome: Outcome, _ what: String) throws {
        for (name, loss) in losses {
            let (actual, expected) = (outcome.history[name] ?? [], known("history/\(loss)")?.elements.map(Double.init))
            let error = relativeError(actual, expected ?? [])
            try expect(error < 1e-4, "\(what): \(name) is \(actual), in Keras \(expected ?? [])")
        }
        for (index, weights) in outcome.weights.enumerated() {
            let error = relativeError(weights, known("weight\(index)") ?? .zeros([0]))
            try expect(error < 1e-4, "\(what): weights \(index) differ by \(error)")
        }
    }

    static let all = [
        ObjectiveRow(name: "autoencoder", losses: ["loss": "loss", "elbo_loss": "loss"]) { model, exchange in
            let (x, made) = try (model.inputs[0], model.output)
            try model.compile(
                objectives: [
                    Objective(
                        "elbo", loss: sum(square(x - made), axes: [-1]) + 0.1 * divergence(model), moving: [model],
                        optimizer: Adam(learningRate: 0.02))
                ], exchange: exchange)
        },
        ObjectiveRow(
            name: "autoencoder, with addLoss", losses: ["loss": "loss"],
            compile: { model, exchange in
                try model.addLoss(0.1 * divergence(model))
                try model.compile(
                    optimizer: Adam(learningRate: 0.02), losses: ["made": MeanSquaredError()],
                    lossWeights: ["made": 6], exchange: exchange)
            }, hasTargets: true),
        ObjectiveRow(
            name: "adversarial",
            losses: ["discriminator_loss": "discriminator", "generator_loss": "generator"]
        ) { model, exchange in
            let (real, fake) = try (model.outputs[0], model.outputs[1])
            let generator = try model.layer(named: "generator")
            let discriminator = try model.layer(named: "discriminator")
            try model.compile(
                objectives: [
                    Objective(
                        "discriminator", loss: softplus(-real) + softplus(fake), moving: [discriminator],
                        optimizer: Adam(learningRate: 0.01, beta1: 0.5, clipnorm: 0.5)),
                    Objective(
                        "generator", loss: softplus(-fake), moving: [generator],
                        optimizer: RMSprop(learningRate: ExponentialDecay(0.01, decaySteps: 2, decayRate: 0.8)),
                        every: 2),
                ], exchange: exchange)
        },
        ObjectiveRow(name: "averaged", losses: ["loss": "error"]) { model, exchange in
            try model.compile(
                objectives: [
                    Objective(
                        "fit", loss: square(model.output),
                        parts: [
                            .init(
                                moving: [model.layer(named: "lower")],
                                optimizer: SGD(
                                    learningRate: 0.1, momentum: 0.9, useEma: true, emaMomentum: 0.8)),
                            .init(
                                moving: [model.layer(named: "upper")], optimizer: ScheduleFreeAdamW(learningRate: 0.05)),
                        ])
                ], exchange: exchange)
        },
        ObjectiveRow(name: "norms", losses: ["loss": "error"]) { model, exchange in
            try model.compile(
                objectives: [
                    Objective(
                        "fit", loss: square(model.output),
                        parts: [
                            .init(
                                moving: [model.layer(named: "lower")],
                                optimizer: Lamb(learningRate: 0.05, weightDecay: 0.1, clipnorm: 0.5)),
                            .init(
                                moving: [model.layer(named: "upper")],
                                optimizer: Muon(learningRate: 0.05, excludeLayers: ["lower"])),
                        ])
                ], exchange: exchange)
        },
        ObjectiveRow(name: "wholes", losses: ["loss": "error"]) { model, exchange in
            try model.compile(
                objectives: [
                    Objective(
                        "fit", loss: square(model.output),
                        parts: [
                            .init(
                                moving: [model.layer(named: "lower")],
                                optimizer: Adafactor(learningRate: 0.2, useEma: true, emaMomentum: 0.8)),
                            .init(
                                moving: [model.layer(named: "upper")],
                                optimizer: SGD(learningRate: 0.1, momentum: 0.9)),
                        ])
                ], exchange: exchange)
        },
        ObjectiveRow(name: "halves", losses: ["loss": "error", "fit_loss": "error", "fit_again": "error"]) {
            model, exchange in
            let (y, error) = try (model.inputs[1], model.output)
            try model.compile(
                objectives: [
                    Objective(
                        "fit", loss: MeanSquaredError()(y, error + y),
                        parts: [
                            .init(
                                moving: [model.layer(named: "lower")],
                                optimizer: SGD(learningRate: 0.1, momentum: 0.9)),
                            .init(
                                moving: [model.layer(named: "upper")],
                                optimizer: Adam(learningRate: 0.05, weightDecay: 0.01)),
                        ], metrics: ["again": square(error)])
                ], exchange: exchange)
        },
    ]
}

private func divergence(_ model: Model) throws -> SymbolicTensor {
    let (center, spread) = try (model.layer(named: "center").output, model.layer(named: "spread").output)
    return -0.5 * sum(1 + 2 * spread - square(center) - exp(2 * spread), axes: [-1])
}

/// Objectives on any number of ranks. Oracles: training steps written in Keras; one rank.
let objectiveChecks: [Check] =
    ObjectiveRow.all.flatMap { row in
        [
            Check("objectives: \(row.name) trains as in Keras") { communicator in
                try row.compare(try row.train(communicator), "trained")
                try row.compare(
                    try row.train(communicator, isHere: communicator.rank == 0), "trained from rank 0's data")
                for (name, options) in try waysToExchange(communicator) {
                    try row.compare(try row.train(communicator, exchange: options), name)
                }
            },
            Check("objectives: \(row.name) has the bits of one rank, and continues to them") { communicator in
                let mode = Reproducibility.acrossRanks(microShards: 8)
                let expected = try row.train(SingleProcess(), mode: mode)
                try row.compare(expected, "on one rank")
                try expectSameBits(try row.train(communicator, mode: mode), expected, "trained")
                for steps in [1, 4, 6] {
                    try inFolder(communicator) { folder in
                        let interrupted = Interruption(after: steps)
                        try expectThrow("the interruption", { "\($0)".contains("interrupted on purpose") }) {
                            _ = try row.train(
                                communicator, mode: mode, checkpoint: Checkpoint(folder, every: .steps(1)),
                                callbacks: [interrupted])
                        }
                        interrupted.isOver = true
                        let actual = try row.train(
                            communicator, mode: mode, checkpoint: Checkpoint(folder, every: .epochs(1), resume: true),
                            callbacks: [interrupted])
                        try expectSameBits(actual, expected, "interrupted after \(steps) steps")
                    }
                }
            },
        ]
    }
