import LockstepCluster
import LockstepCompute
import LockstepFormats
import LockstepGraph
import LockstepLayers

/// A model of layers that trains, evaluates and predicts, on all ranks of the program: Keras's `Model`.
///
///     let input = Input([64])
///     let hidden = Dense(32, activation: .relu)(input)
///     let model = try Model(inputs: input, outputs: Add()(Dense(32)(hidden), hidden))
///
/// For a chain of layers, `Sequential` is easier. A model is a layer too, and can be applied in other models. Use a
/// model from one thread at a time. Models of several threads take turns at the cores.
public class Model: Layer {
    public let properties: LayerProperties
    /// The seed of initial weights, shuffles and dropout. If it is nil, rank 0 draws one.
    let givenSeed: UInt64?
    let givenCommunicator: (any Communicator)?
    /// The number of threads of a model with a communicator of its own, for tests.
    package var givenThreads: Int?
    /// Whether steps fill dead memory with NaN, for tests. Set it before the first use.
    package var fillsDeadMemory = false
    @exclusivity(unchecked) var compilation: Compilation?
    /// The losses of `addLoss`.
    var addedLosses: [SymbolicTensor] = []
    @exclusivity(unchecked) private var graph: Graph?
    /// Whether the layers are being connected or named. If that begins again, the model lies inside itself.
    private var isConnecting = false
    private var ownBackend: Backend?
    @exclusivity(unchecked) private var currentRuntime: Runtime?
    let seed: UInt64
    /// Where the weights lie while the model is not inside another one.
    package let ownStore: WeightStore
    /// The history of the last `fit`, Keras's `model.history`. If `fit` failed, it has the epochs before the failure.
    /// Nil before the first `fit`.
    public internal(set) var history: History?
    /// The state of training from a file, without weights, until training next begins.
    var rememberedMemory: TrainingMemory?
    /// The warnings that saving the model has given. Each is given once.
    var saidOnSaving: Set<String> = []
    /// How a file says the model was compiled, if it has no loss that is supported. The next file gets it again.
    var compilationWithoutLoss: TrainingConfiguration?

    /// A model between inputs and outputs, each one tensor or a list. `fit` and others take a tensor for each, in this
    /// order or by the names of their layers.
    ///
    ///     let (text, price) = (Input([80]), Input([1], name: "price"))
    ///     let features = Concatenate()(LSTM(32)(Embedding(20_000, 64)(text)), price)
    ///     let model = try Model(inputs: [text, price], outputs: [Dense(1, name: "score")(features), Dense(5, name:
    ///     "kind")(features)])
    ///
    /// - Parameters:
    ///   - inputs: of `Input`. In the place of the output of another model's inner layer, the model has an input of its
    ///     own, as in Keras.
    ///   - outputs: of any layers behind the inputs. Layers of another model belong to both.
    ///   - seed: of initial weights, shuffles and dropout; nil draws one.
    /// - Throws: `LayerError` if the layers do not fit together.
    public convenience init(
        inputs: some SymbolicTensorGroup, outputs: some SymbolicTensorGroup, name: String = "", seed: UInt64? = nil
    ) throws(LayerError) {
        try self.init(inputs: inputs, outputs: outputs, name: name, seed: seed, communicator: nil)
    }

    /// A model on other ranks than those of the job.
    package convenience init(
        inputs: some SymbolicTensorGroup, outputs: some SymbolicTensorGroup, name: String = "", seed: UInt64? = nil,
        communicator: (any Communicator)?
    ) throws(LayerError) {
        try self.init(name: name, seed: seed, communicator: communicator) { (store) throws(LayerError) in
            try Graph(from: inputs.symbolicTensors, to: outputs.symbolicTensors, store: store)
        }
        _ = try build()
    }

    /// A model of a graph, without values yet.
    convenience init(
        name: String, seed: UInt64?, communicator: (any Communicator)?, graph: (WeightStore) throws(LayerError) -> Graph
    ) throws(LayerError) {
        self.init(name: name, seed: seed, communicator: communicator)
        take(try graph(ownStore))
    }

    /// A model whose graph comes later.
    init(name: String, seed: UInt64?, communicator: (any Communicator)?) {
        properties = LayerProperties(name: name)
        givenSeed = seed
        self.seed = seed ?? RandomStream.freshSeed()
        ownStore = WeightStore(name: name, seed: self.seed)
        givenCommunicator = communicator
        self.name = name
    }

    /// The model's name. Without a given name it is `"functional"` or `"sequential"`; inside another model, later ones
    /// get `_1`, `_2`.
    public var name: String {
        get { properties.name.isEmpty ? snakeCase(Self.className) : properties.name }
        set {
            properties.name = newValue
            ownStore.name = name
        }
    }

    /// Keras's class name.
    public class var className: String { "Functional" }
    package class var isSequential: Bool { false }

    /// The layers in the order in which they compute.
    public var layers: [any Layer] { graph?.layers ?? [] }

    /// The graph, with calls from which other models can be described.
    func described() throws(LayerError) -> Graph {
        var graph = try connect()
        graph.describe()
        self.graph = graph
        return graph
    }

    func compile(optimizer: any Optimizer, scoredOutputs: [ScoredOutput], exchange: ExchangeOptions) throws {
        try optimizer.validate()
        for scoredOutput in scoredOutputs {
            try scoredOutput.loss.validate()
            for metric in scoredOutput.metrics + scoredOutput.weightedMetrics { try metric.function.validate() }
        }
        try take(
            Compilation(
                optimizer: optimizer, scoredOutputs: scoredOutputs, added: addedLosses, outputs: try outputNames.count,
                exchange: exchange))
    }

    /// Builds the model for the layers that are frozen now.
    func refreeze() throws {
        // If it lies in another model, that one decides what trains.
        if properties.store == nil, let graph = try graph?.refrozen() { take(graph) }
        if knowsInputShape { _ = try build() }
    }

    func take(_ compilation: Compilation) throws {
        try compilation.exchange.validate()
        try refreeze()
        if !compilation.tensors.isEmpty {
            let outputs = try described().extended(by: compilation.tensors)
            for index in outputs.outputs.indices.suffix(compilation.tensors.count) {
                try outputs.checkType(ofOutput: index)
            }
        }
        self.compilation = compilation
        compilationWithoutLoss = nil
        currentRuntime = nil
        rememberedMemory = nil
        store.hasOwnWeights = true
    }

    /// Whether the input shape is known; if not, it comes with the data.
    var knowsInputShape: Bool { true }

    /// The type of an input whose shape comes with the data.
    var metInputType: DataType { .float32 }

    /// Makes the graph. The input shape is nil if no data has told it yet.
    func makeGraph(inputShape: Shape?) throws(LayerError) -> Graph { throw .noLayers }

    /// Makes the graph again so that it takes this input shape too; nil if a layer declares the input shape.
    func regraph(taking inputShape: Shape) throws(LayerError) -> Graph? { nil }

    /// Where the weights lie: in the store of the outermost model that this one lies in, or its own.
    var store: WeightStore { properties.store ?? ownStore }

    func take(_ graph: Graph) {
        self.graph = graph
        if properties.store == nil { ownStore.weights = graph.weights }
    }

    /// Connects the layers and finds the shapes of their weights. Weights get no memory, because a file may describe a
    /// model that does not fit its weights.
    ///
    /// - Throws: `LayerError.changed` if the model lies in another one and its layers have changed since then.
    @discardableResult
    func connect(inputShape: Shape? = nil) throws(LayerError) -> Graph {
        if let other = properties.store, graph == nil { throw .changed(model: name, inside: other.name) }
        return try connected(inputShape: inputShape)
    }

    /// As `connect`, for this model or the one that it lies in.
    func connected(inputShape: Shape?) throws(LayerError) -> Graph {
        if let graph {
            guard properties.store == nil, ownStore.isReleased else { return graph }
            // The model that this one lay in is gone.
            take(try graph.rebuilt(in: ownStore))
            rememberedMemory = nil
        } else {
            guard !isConnecting else { throw .insideItself(model: name) }
            isConnecting = true
            defer { isConnecting = false }
            take(try makeGraph(inputShape: inputShape))
        }
        return self.graph!
    }

    /// Names the layers if there is no graph yet, and the layers of inner models.
    func nameLayers() throws(LayerError) {
        guard graph == nil else { return }
        guard !isConnecting else { throw .insideItself(model: name) }
        isConnecting = true
        defer { isConnecting = false }
        try Graph.nameLayers(layers)
        for case let model as Model in layers { try model.nameLayers() }
    }

    /// Connects the layers and gives their weights memory and values.
    func build(inputShape: Shape? = nil) throws(LayerError) -> (graph: Graph, arena: Arena) {
        let graph = try connect(inputShape: inputShape)
        return (graph, store.arena())
    }

    /// Forgets the graph, because the layers change. Weights keep their values.
    func invalidate() {
        graph = nil
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

    /// Collective: the runtime of this model. It is made at the first use after `compile`.
    ///
    /// - Parameter existing: the `existingRuntime`.
    func runtime(_ existing: Runtime?, inputShape: @autoclosure () -> Shape?) throws -> Runtime {
        let runtime: Runtime
        let communicator = try communicator()
        // On every rank: one rank may have compiled again and the others not.
        if existing == nil || communicator.size > 1 {
            try Coordinator(communicator: communicator).agree {
                if existing == nil { _ = try build(inputShape: inputShape()) }
            }
        }
        if let existing {
            runtime = existing
        } else {
            let arena = try build().arena
            let graph = try compilation.map { try described().extended(by: $0.tensors) } ?? connect()
            runtime = try Runtime(
                graph: graph, arena: arena, compilation: compilation, seed: seed, backend: backend(),
                fillsDeadMemory: fillsDeadMemory)
            currentRuntime = runtime
        }
        runtime.activity.name(layers: runtime.layerNames)
        return runtime
    }

    var isBuilt: Bool { graph != nil }
    package var knownGraph: Graph? { graph }

    /// The runtime, if the model has computed since `compile` and its weights have not moved to another store.
    var existingRuntime: Runtime? { existingRuntime(in: store) }

    /// As `existingRuntime`, with the `store`, which a step looks up once.
    func existingRuntime(in store: WeightStore) -> Runtime? {
        guard let runtime = currentRuntime, store.has(runtime.arena) else { return nil }
        return runtime
    }
}
