import LockstepCluster
import LockstepGraph
import LockstepLayers

/// Something that training minimizes: a loss, and the weights that it moves. A model may have several, which take turns
/// in each step: what Keras's examples write as a `train_step` of their own.
///
///     let (image, noise) = (Input([784]), Input([32]))
///     let (real, fake) = (discriminator(image), discriminator(generator(noise)))
///     let model = try Model(inputs: [image, noise], outputs: [real, fake])
///     try model.compile(objectives: [
///         Objective(
///             "discriminator", loss: softplus(-real) + softplus(fake), moving: [discriminator], optimizer: Adam()),
///         Objective("generator", loss: softplus(-fake), moving: [generator], optimizer: Adam()),
///     ])
///     try model.fit([images, numbers], epochs: 10)
///
/// A turn computes its loss with the weights as the turn before left them, and moves its own weights alone. All turns
/// of a step take the same batch.
public struct Objective {
    /// Layers and the optimizer that moves their weights.
    public struct Part {
        let layers: [any Layer]
        let optimizer: any Optimizer

        /// - Parameters:
        ///   - layers: of the model; a model in it counts with all its layers. Frozen weights stay.
        ///   - optimizer: moves the weights of these layers. It has slots for them of its own.
        public init(moving layers: [any Layer], optimizer: any Optimizer) {
            self.layers = layers
            self.optimizer = optimizer
        }
    }

    /// What the history calls it: its loss is `"<name>_loss"`.
    public let name: String
    let loss: SymbolicTensor
    let parts: [Part]
    let interval: Int
    let metrics: KeyValuePairs<String, SymbolicTensor>

    /// An objective that one optimizer serves.
    ///
    /// - Parameters:
    ///   - loss: `[batch, …]`, from the model's inputs and what its layers give. The mean over the global batch and all
    ///     positions is minimized. A Keras loss of two tensors is `MeanSquaredError()(targets, outputs)`; targets are
    ///     inputs of the model.
    ///   - layers: of the model; a model in it counts with all its layers. Frozen weights stay.
    ///   - optimizer: moves the weights of these layers.
    ///   - interval: takes its turn in every step whose number, counted from 1, this divides.
    ///   - metrics: `[batch, …]` each; the history has their means as `"<name>_<metric>"`.
    public init(
        _ name: String, loss: SymbolicTensor, moving layers: [any Layer], optimizer: any Optimizer,
        every interval: Int = 1, metrics: KeyValuePairs<String, SymbolicTensor> = [:]
    ) {
        self.init(
            name, loss: loss, parts: [Part(moving: layers, optimizer: optimizer)], every: interval, metrics: metrics)
    }

    /// An objective that several optimizers serve in one turn, each with layers of its own.
    ///
    ///     Objective("loss", loss: losses, parts: [
    ///         .init(moving: [base], optimizer: SGD(learningRate: 1e-4)), .init(moving: [head], optimizer: Adam()),
    ///     ])
    public init(
        _ name: String, loss: SymbolicTensor, parts: [Part], every interval: Int = 1,
        metrics: KeyValuePairs<String, SymbolicTensor> = [:]
    ) {
        self.name = name
        self.loss = loss
        self.parts = parts
        self.interval = interval
        self.metrics = metrics
    }
}

extension Model {
    /// Sets what to minimize, with losses of any tensors of the model. The model then takes no targets: `fit(x)`.
    ///
    /// Files do not hold objectives. A checkpoint of `fit` holds the state of all optimizers.
    ///
    /// - Parameters:
    ///   - objectives: in the order in which they take their turns. One of them takes a turn in every step.
    ///   - exchange: how the ranks exchange gradients; the default follows the topology.
    /// - Throws: `TrainingError.argument` for objectives that do not fit together or the model, `LayerError` for a loss
    ///   that needs other inputs or further weights.
    public func compile(objectives: [Objective], exchange: ExchangeOptions = ExchangeOptions()) throws {
        for part in objectives.flatMap(\.parts) { try part.optimizer.validate() }
        try refreeze()
        try check(objectives)
        try take(Compilation(objectives: objectives, exchange: exchange))
    }

    /// Sets how to train a model whose only losses are those of `addLoss`, or that its layers add. It then takes no
    /// targets: `fit(x)`.
    ///
    /// - Parameter exchange: how the ranks exchange gradients; the default follows the topology.
    /// - Throws: `TrainingError.argument` if there are no such losses, and as `compile(optimizer:loss:)`.
    public func compile(optimizer: some Optimizer, exchange: ExchangeOptions = ExchangeOptions()) throws {
        let hasLosses = try !addedLosses.isEmpty || !connect().training.losses.isEmpty
        try require(hasLosses, "loss", "given, or added by addLoss or a layer", "none")
        try compile(optimizer: optimizer, scoredOutputs: [], exchange: exchange)
    }

    /// Adds a loss of any tensors of the model to what `compile(optimizer:loss:)` minimizes: Keras's `add_loss`. It
    /// counts from the next `compile` on.
    ///
    ///     try model.addLoss(-0.5 * sum(1 + logVariance - square(center) - exp(logVariance), axes: [-1]))
    ///
    /// Files do not hold it.
    ///
    /// - Parameter loss: `[batch, …]`. The mean over the global batch is added.
    public func addLoss(_ loss: SymbolicTensor) { addedLosses.append(loss) }

    private func check(_ objectives: [Objective]) throws {
        try require(!objectives.isEmpty, "objectives", "one or more", "none")
        try require(
            addedLosses.isEmpty, "objectives", "without addLoss; add these losses to those of objectives",
            "\(addedLosses.count) added loss(es)")
        try require(
            objectives.contains { $0.interval == 1 }, "objectives", "such that one takes a turn in every step",
            objectives.map(\.interval))
        var names: Set<String> = []
        for objective in objectives {
            let argument = "objective '\(objective.name)'"
            try require(
                !objective.name.isEmpty && names.insert(objective.name).inserted, argument, "of a name of its own",
                "'\(objective.name)'")
            try require(objective.interval > 0, "\(argument): every", "1 or more", objective.interval)
            var moved: Set<ObjectIdentifier> = []
            for part in objective.parts {
                try require(
                    part.optimizer.gradientAccumulationSteps == nil, "\(argument): gradientAccumulationSteps",
                    "left out", part.optimizer.gradientAccumulationSteps ?? 0)
                for layer in part.layers {
                    try require(
                        layer === self || layerPaths.contains { $0.layer === layer }, "\(argument): moving",
                        "layers of the model", "'\(layer.name)'")
                }
                let weights = part.layers.trainable
                try require(
                    !weights.isEmpty, "\(argument): moving", "layers with weights that are not frozen",
                    part.layers.map(\.name))
                for weight in weights {
                    try require(
                        moved.insert(ObjectIdentifier(weight)).inserted, "\(argument): moving",
                        "such that one optimizer moves a weight", part.layers.map(\.name))
                }
            }
            try require(!moved.isEmpty, "\(argument): parts", "one or more", "none")
        }
        var reported: Set<String> = []
        for name in objectives.reportedNames where !reported.insert(name).inserted {
            throw TrainingError.argument(
                "objectives", requirement: "such that all reported names differ", received: "'\(name)' twice")
        }
    }
}

extension [Objective] {
    /// The names of what is reported: the sum of the losses, each loss, the metrics.
    var reportedNames: [String] {
        ["loss"] + map { "\($0.name)_loss" }
            + flatMap { objective in objective.metrics.map { "\(objective.name)_\($0.key)" } }
    }
}

extension [any Layer] {
    /// The weights of these layers that training can move, once the model is built for the layers that are frozen.
    var trainable: [Weight] {
        var seen: Set<ObjectIdentifier> = []
        return flatMap(\.withSublayers).flatMap(\.properties.weights).filter {
            $0.isTrainable && seen.insert(ObjectIdentifier($0)).inserted
        }
    }
}
