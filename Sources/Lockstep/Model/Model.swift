import LockstepCluster
import LockstepCompute
import LockstepFormats
import LockstepGraph
import LockstepLayers

/// A model of layers that trains, evaluates and predicts, on as many ranks as the program runs on: Keras's `Model`.
///
///     let input = Input([64])
///     let hidden = Dense(32, activation: .relu)(input)
///     let model = try Model(inputs: input, outputs: Add()(Dense(32)(hidden), hidden))
///
/// Chains of layers are easier with `Sequential`. A model belongs to one thread at a time; threads with a
/// model each take turns at the cores.
public class Model {
    public let name: String
    /// Keys initial weights, shuffles and dropout. Nil: rank 0 draws one.
    let givenSeed: UInt64?
    private let givenCommunicator: (any Communicator)?
    /// The threads of a model with a communicator of its own, where a test decides them.
    package var givenThreads: Int?
    var compilation: Compilation?
    private var graph: Graph?
    private var arena: Arena?
    private var ownBackend: Backend?
    private var currentRuntime: Runtime?
    private(set) var seed: UInt64
    let identity = ModelIdentity()
    /// Whether weights were made or set here since all ranks last took rank 0's.
    var hasOwnWeights = true
    /// The history of the last `fit`; of one that has failed, that of the epochs before: Keras's `model.history`. Nil before the first.
    public internal(set) var history: History?
    /// What training remembers beside the weights, from a file, until training next begins.
    var rememberedMemory: TrainingMemory?
    /// The warnings that saving the model gave.
    var saidOnSaving: Set<String> = []
    /// How a file says the model was compiled, where it has no loss to train with; for the next file.
    var compilationWithoutLoss: TrainingConfiguration?

    /// A model between an input and an output.
    ///
    /// - Parameters:
    ///   - seed: keys initial weights, shuffles and dropout; nil draws one.
    ///   - communicator: the ranks to train on; nil takes those of the job.
    /// - Throws: `LayerError` if the layers do not fit together.
    public convenience init(
        inputs: SymbolicTensor, outputs: SymbolicTensor, name: String = "functional", seed: UInt64? = nil,
        communicator: (any Communicator)? = nil
    ) throws(LayerError) {
        try self.init(name: name, seed: seed, communicator: communicator) { (owner) throws(LayerError) in
            try Graph(from: inputs, to: outputs, owner: owner)
        }
        _ = try build()
    }

    /// A model of a graph, without values yet.
    convenience init(
        name: String, seed: UInt64?, communicator: (any Communicator)?, graph: (ModelIdentity) throws(LayerError) -> Graph
    ) throws(LayerError) {
        self.init(name: name, seed: seed, communicator: communicator)
        self.graph = try graph(identity)
    }

    /// A model whose graph comes later.
    init(name: String, seed: UInt64?, communicator: (any Communicator)?) {
        self.name = name
        givenSeed = seed
        self.seed = seed ?? RandomStream.freshSeed()
        givenCommunicator = communicator
    }

    /// The layers in the order in which they compute.
    public var layers: [any Layer] { graph?.layers ?? [] }

    /// - Throws: `TrainingError.noLayer` if there is none of this name.
    public func layer(named name: String) throws -> any Layer {
        if knowsInputShape { _ = try build() }
        guard let layer = layers.first(where: { $0.name == name }) else {
            throw TrainingError.noLayer(named: name, present: layers.map { "'\($0.name)'" })
        }
        return layer
    }

    /// Decides how to train and what to report. Keras's defaults.
    ///
    ///     try model.compile(optimizer: Adam(learningRate: 0.002), loss: .categoricalCrossentropy, metrics: [.accuracy])
    ///
    /// - Parameter exchange: how the ranks' gradients come together; the default suits the ranks there are.
    ///
    /// Names from outside become values with `Optimizers.named`, `Losses.named` and `Metric.named`.
    ///
    /// - Throws: `LayerError` if the layers do not fit together or a hyperparameter is out of range.
    public func compile(
        optimizer: some Optimizer = .rmsprop, loss: some Loss, metrics: [Metric] = [], exchange: ExchangeOptions = ExchangeOptions()
    ) throws {
        try optimizer.validate()
        try exchange.validate()
        let names = metrics.map(\.name)
        guard Set(names).count == names.count else {
            throw TrainingError.argument("metrics", requirement: "different from one another", received: "\(names)")
        }
        if let graph = try graph?.refrozen() { (self.graph, arena) = (graph, nil) }
        if knowsInputShape { _ = try build() }
        compilation = Compilation(optimizer: optimizer, loss: loss, metrics: metrics, exchange: exchange)
        compilationWithoutLoss = nil
        currentRuntime = nil
        rememberedMemory = nil
        hasOwnWeights = true
    }

    /// What the model was compiled with; nil if it was not.
    public var optimizer: (any Optimizer)? { compilation?.optimizer }
    /// What the model was compiled with; nil if it was not.
    public var loss: (any Loss)? { compilation?.loss }
    /// What the model was compiled with; none if it was not.
    public var metrics: [Metric] { compilation?.metrics ?? [] }

    /// Changes the learning rate of a compiled model, whose optimizer keeps what it remembers. All ranks set the same.
    ///
    /// - Throws: `LayerError.optimizer` if it is out of range, `TrainingError.notCompiled`.
    public func setLearningRate(_ learningRate: Double) throws {
        guard let compilation else { throw TrainingError.notCompiled(call: "setLearningRate") }
        var optimizer = compilation.optimizer
        optimizer.learningRate = learningRate
        try optimizer.validate()
        compilation.optimizer = optimizer
        currentRuntime?.trainer?.optimizerState.learningRate = learningRate
    }

    /// Whether the input shape is known; if not, it comes with the data.
    var knowsInputShape: Bool { true }

    /// The graph, where it is not there yet; nil input: not known from data.
    func makeGraph(inputShape: Shape?) throws(LayerError) -> Graph { throw .noLayers }

    /// The layers, connected, and the shapes of their parameters, which need no values: what a file describes may not fit what it holds.
    @discardableResult
    func connect(inputShape: Shape? = nil) throws(LayerError) -> Graph {
        if let graph { return graph }
        let graph = try makeGraph(inputShape: inputShape)
        self.graph = graph
        return graph
    }

    /// The layers, connected, and their parameters, with values.
    func build(inputShape: Shape? = nil) throws(LayerError) -> (graph: Graph, arena: Arena) {
        let graph = try connect(inputShape: inputShape)
        if let arena { return (graph, arena) }
        let arena = Arena(graph.weights)
        arena.initialize(seed: seed)
        hasOwnWeights = true
        self.arena = arena
        return (graph, arena)
    }

    /// Forgets the graph, since the layers change; the parameters keep their values.
    func invalidate() {
        graph = nil
        arena = nil
        currentRuntime = nil
        rememberedMemory = nil
    }

    func communicator() throws -> any Communicator { try givenCommunicator ?? Job.communicator() }

    private func backend() throws -> Backend {
        guard let givenCommunicator else { return try Job.backend() }
        if let ownBackend { return ownBackend }
        let backend = try Backend(givenCommunicator, threads: givenThreads)
        ownBackend = backend
        return backend
    }

    /// Collective: what computes this model, made at its first use after `compile`.
    func runtime(inputShape: Shape?) throws -> Runtime {
        // Unconditionally, for one rank may have compiled anew and the others not.
        let (graph, arena) = try Coordinator(communicator: communicator()).agree { try build(inputShape: inputShape) }
        try communicator().activity.name(layers: graph.nodes.map(\.layer.name))
        if let currentRuntime { return currentRuntime }
        let runtime = try Runtime(graph: graph, arena: arena, compilation: compilation, seed: seed, backend: backend())
        currentRuntime = runtime
        return runtime
    }

    var isBuilt: Bool { graph != nil }

    /// The runtime, if the model has computed since `compile`.
    var existingRuntime: Runtime? { currentRuntime }

    /// The number of values of all parameters.
    ///
    /// - Throws: `LayerError` if the layers do not fit together or the input shape is not known yet.
    public func countParameters() throws(LayerError) -> Int {
        let graph = try connect()
        return graph.trainableCount + graph.stateCount
    }

    /// The values of all parameters, layer by layer, copied.
    ///
    /// - Throws: `LayerError` if the layers do not fit together or the input shape is not known yet.
    public var weights: [Tensor] {
        get throws(LayerError) { try build().arena.weights.map { $0.value.copy() } }
    }

    /// Sets the values of all parameters. Training begins with those of rank 0.
    ///
    /// - Throws: `LayerError.weights` if number or shapes differ from the model's.
    public func setWeights(_ weights: [Tensor]) throws(LayerError) {
        let parameters = try build().arena.weights
        guard weights.map(\.shape) == parameters.map(\.shape) else {
            throw .weights(expected: parameters.map(\.shape), received: weights.map(\.shape))
        }
        // Not in the memory that other ranks see.
        try build().arena.moveToOwn()
        for (parameter, value) in zip(parameters, weights) { parameter.value.assign(value) }
        hasOwnWeights = true
    }
}
