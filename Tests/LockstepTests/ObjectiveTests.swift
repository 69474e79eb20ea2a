import Lockstep
import LockstepFormats
import LockstepLayers
import TestSupport
import Testing

/// What objectives report and refuse. How they train is checked on any number of ranks (`objectiveChecks`).
@Suite("Objectives") struct ObjectiveTests {
    private static let x = Tensor.uniform([11, 3], low: -1, seed: 1)

    /// `[batch, 3]` → hidden → `[batch, 2]`.
    private static func model() throws -> Model {
        let input = Input([3], name: "x")
        let hidden = Dense(4, activation: .tanh, name: "hidden")(input)
        return try Model(
            inputs: input, outputs: Dense(2, name: "out")(hidden), seed: 3, communicator: SingleProcess())
    }

    private static func objective(_ model: Model, _ name: String = "size", every interval: Int = 1) throws -> Objective
    {
        try Objective(
            name, loss: square(model.output), moving: [model], optimizer: SGD(learningRate: 0), every: interval,
            metrics: ["first": model.input])
    }

    @Test("training, evaluation and single batches report the same means, under the objectives' names")
    func reports() throws {
        let model = try Self.model()
        try model.compile(objectives: [Self.objective(model), Self.objective(model, "again", every: 2)])
        // Oracle: the outputs, squared by hand. With a learning rate of 0 nothing moves.
        let outputs = try model.predict(Self.x).elements.map(Double.init)
        let size = outputs.reduce(0) { $0 + $1 * $1 } / Double(outputs.count)
        let first = Self.x.elements.map(Double.init).reduce(0, +) / Double(Self.x.count)
        let names = ["loss", "size_loss", "again_loss", "size_first", "again_first"]
        let history = try model.fit(Self.x, batchSize: 11, verbose: 0)
        // In the only step, the second objective has no turn.
        let expected = [size, size, 0, first, 0]
        for (name, value) in zip(names, expected) { #expect(Swift.abs(history[name]![0] - value) < 1e-6, "\(name)") }
        let scores = try model.evaluate(Self.x, batchSize: 4, verbose: 0)
        #expect(scores.names == names)
        for (value, expected) in zip(scores.values, [2 * size, size, size, first, first]) {
            #expect(Swift.abs(value - expected) < 1e-6)
        }
        #expect(try model.testOnBatch(Self.x).names == names)
    }

    @Test("a file has the model without its objectives")
    func files() throws {
        let model = try Self.model()
        try model.compile(objectives: [Self.objective(model)])
        try model.fit(Self.x, verbose: 0)
        try withFolder { folder in
            for ending in ["keras", "h5"] {
                try model.save("\(folder)/model.\(ending)")
                let loaded = try Model.load("\(folder)/model.\(ending)", communicator: SingleProcess())
                #expect(loaded.optimizer == nil)
                #expect(try loaded.predict(Self.x) == model.predict(Self.x))
            }
        }
    }

    @Test("the summary counts the slots of each optimizer for the weights that it moves")
    func summary() throws {
        let model = try Self.model()
        let (hidden, out) = try (model.layer(named: "hidden"), model.layer(named: "out"))
        try model.compile(objectives: [
            Objective("first", loss: square(model.output), moving: [hidden], optimizer: Adam()),
            Objective("second", loss: square(model.output), moving: [out], optimizer: SGD()),
        ])
        try model.fit(Self.x, verbose: 0)
        // Adam has two slots for 3·4 + 4 weights, SGD has none; each counts its updates and has a rate.
        let text = try model.summaryText()
        #expect(text.contains("Optimizer params: 36 "), "\(text)")
    }

    @Test("a model of added losses alone takes no targets")
    func addedLosses() throws {
        let model = try Self.model()
        try model.addLoss(square(model.output))
        try model.compile(optimizer: SGD(learningRate: 0.1))
        let history = try model.fit(Self.x, epochs: 4, batchSize: 11, verbose: 0)
        let outputs = try Self.model().predict(Self.x).elements.map(Double.init)
        let size = outputs.reduce(0) { $0 + $1 * $1 } / Double(outputs.count)
        #expect(Swift.abs(history["loss"]![0] - size) < 1e-6)
        #expect(history["loss"]![3] < history["loss"]![0])
        #expect(history.names == ["loss"])
    }

    /// What is refused, and a part of the message.
    static let mistakes: [(String, String, @Sendable (Model) throws -> Void)] = [
        ("no objectives", "objectives must be one or more", { try $0.compile(objectives: []) }),
        (
            "one name twice", "objective 'size' must be of a name of its own",
            { try $0.compile(objectives: [objective($0), objective($0)]) }
        ),
        (
            "one name for two numbers", "such that all reported names differ, received: 'size_loss' twice",
            { model in
                try model.compile(objectives: [
                    Objective(
                        "size", loss: model.output, moving: [model], optimizer: SGD(), metrics: ["loss": model.output])
                ])
            }
        ),
        (
            "an exchange that cannot be", "bucketBytes",
            { try $0.compile(objectives: [objective($0)], exchange: ExchangeOptions(bucketBytes: -1)) }
        ),
        (
            "steps without a turn", "such that one takes a turn in every step",
            { try $0.compile(objectives: [objective($0, every: 2)]) }
        ),
        (
            "a layer of another model", "layers of the model, received: 'other'",
            { model in
                try model.compile(objectives: [
                    Objective(
                        "size", loss: model.output, moving: [Dense(2, name: "other")], optimizer: SGD())
                ])
            }
        ),
        (
            "frozen layers", "layers with weights that are not frozen, received: [\"hidden\"]",
            { model in
                let hidden = try model.layer(named: "hidden")
                hidden.isTrainable = false
                try model.compile(objectives: [
                    Objective("size", loss: model.output, moving: [hidden], optimizer: SGD())
                ])
            }
        ),
        (
            "a weight with two optimizers", "such that one optimizer moves a weight",
            { model in
                let part = try Objective.Part(moving: [model.layer(named: "out")], optimizer: SGD())
                try model.compile(objectives: [Objective("size", loss: model.output, parts: [part, part])])
            }
        ),
        (
            "another input", "layer 'elsewhere' does not lie between the model's inputs and its outputs",
            { model in
                let loss = try model.output - Input([2], name: "elsewhere")
                try model.compile(objectives: [Objective("size", loss: loss, moving: [model], optimizer: SGD())])
            }
        ),
        (
            "further weights", "layer 'judge' has weights, but the model's outputs do not need it",
            { model in
                let loss = try Dense(1, name: "judge")(model.output)
                try model.compile(objectives: [Objective("size", loss: loss, moving: [model], optimizer: SGD())])
            }
        ),
        (
            "targets of another shape", "the input must be rows of the output's shape [2]",
            { model in
                let loss = try MeanSquaredError()(model.input, model.output)
                try model.compile(objectives: [Objective("size", loss: loss, moving: [model], optimizer: SGD())])
            }
        ),
        (
            "accumulated gradients", "gradientAccumulationSteps must be left out",
            { model in
                let optimizer = SGD(gradientAccumulationSteps: 2)
                try model.compile(objectives: [
                    Objective("size", loss: model.output, moving: [model], optimizer: optimizer)
                ])
            }
        ),
        (
            "added losses beside objectives", "objectives must be without addLoss",
            { model in
                try model.addLoss(model.output)
                try model.compile(objectives: [objective(model)])
            }
        ),
        ("no loss at all", "loss must be given, or added by addLoss", { try $0.compile(optimizer: SGD()) }),
        (
            "targets", "y must be left out",
            { model in
                try model.compile(objectives: [objective(model)])
                try model.fit(x, x, verbose: 0)
            }
        ),
        (
            "one learning rate for several optimizers", "learningRate must be left as compiled",
            { model in
                try model.compile(objectives: [objective(model), objective(model, "again")])
                try model.setLearningRate(0.5)
            }
        ),
        (
            "class weights", "classWeight must be left out",
            { model in
                try model.compile(objectives: [objective(model)])
                try model.fit(x, verbose: 0, classWeight: [0: 1])
            }
        ),
    ]

    @Test("what does not fit is one error that names it", arguments: mistakes.map(\.0))
    func refused(mistake: String) throws {
        let (_, part, body) = Self.mistakes.first { $0.0 == mistake }!
        let error = #expect(throws: (any Error).self) { try body(Self.model()) }
        #expect("\(error!)".contains(part), "\(error!)")
    }
}
