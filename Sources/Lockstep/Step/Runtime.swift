import LockstepCluster
import LockstepCompute
import LockstepGraph
import LockstepLayers

/// A compiled model at work on this rank: its computations, its trainer once it trains, and the sums of a step.
final class Runtime {
    let graph: Graph
    /// The names of the layer calls, and of the inputs.
    let layerNames, inputNames: [String]
    let inputTypes: [DataType]
    /// Whether the model takes text, of which numbers must be made.
    let takesText: Bool
    let arena: Arena
    let context: StepContext
    /// The computations for the latest shapes of data.
    @exclusivity(unchecked) private(set) var computations: [Computation] = []
    /// The most computations that are kept.
    private static let mostComputations = 64
    let backend: Backend
    let compilation: Compilation?
    @exclusivity(unchecked) private(set) var trainer: Trainer?
    private let ranksBatch: RanksBatch
    /// The micro-shards of the reproducible mode; nil in the other mode.
    @exclusivity(unchecked) var microShards: MicroShards? {
        didSet {
            ranksBatch.microShards = microShards
            totals = makeTotals()
            sums = [:]
        }
    }
    /// The sums of loss and metrics over the samples of a step.
    @exclusivity(unchecked) private(set) var totals: StepTotals
    /// Where the sums of each objective are among the totals.
    let objectives: [ObjectivePlaces]
    /// Makes the reported means of the totals.
    let means: ReportedMeans
    /// How this rank sums over its rows of a batch, by the batch's rows.
    private var sums: [Int: RowPartition] = [:]
    /// What backward computes again in the training under way, by turn and batch. None without a limit of memory.
    @exclusivity(unchecked) var recomputations: [BatchTurn: Recomputation] = [:]
    /// Where to add up how long the parts of a step take; nil measures nothing.
    @exclusivity(unchecked) var times: StepTimes?
    /// The seconds of each epoch of the last training.
    var epochSeconds: [Double] = []
    /// The last good epoch of the last training, if it is kept.
    var goodEpoch: GoodEpoch?
    /// The seconds for which each checkpoint of the last training stopped this rank.
    var checkpointSeconds: [Double] = []
    /// What this rank is doing, for those who wait for it.
    let activity: Activity
    /// Whether plans fill dead memory with NaN, for tests.
    private let fillsDeadMemory: Bool

    init(
        graph: Graph, arena: Arena, compilation: Compilation?, seed: UInt64, backend: Backend, fillsDeadMemory: Bool
    ) {
        self.backend = backend
        self.compilation = compilation
        self.fillsDeadMemory = fillsDeadMemory
        ranksBatch = RanksBatch(backend.communicator)
        self.graph = graph
        self.arena = arena
        (layerNames, inputNames, inputTypes) = (graph.calls.map(\.name), graph.inputNames, graph.inputTypes)
        takesText = graph.takesText
        activity = backend.communicator.activity
        context = StepContext(crew: backend.crew, seed: seed, batch: ranksBatch, activity: activity)
        objectives = compilation?.places ?? []
        means = Scoring.means(of: compilation, graph)
        totals = StepTotals(count: means.sums, microShards: nil, rank: 0)
    }

    /// Makes the computation for data that suits the model.
    ///
    /// - Parameters:
    ///   - graph: traced for the inputs' shapes.
    ///   - functions: of the metrics.
    func addComputation(for data: DataSet, graph: Graph, functions: [any MetricFunction]) -> Computation {
        let result = Computation(
            graph: graph, shapes: data.shapes, targetRanks: data.shapes.targets.indices.map(data.targetRank),
            compilation: compilation, functions: functions, arena: arena, context: context,
            fillsDeadMemory: fillsDeadMemory)
        computations = [result] + computations.prefix(Self.mostComputations - 1)
        return result
    }

    /// Makes totals for a step, or for several.
    func makeTotals() -> StepTotals {
        StepTotals(count: means.sums, microShards: microShards, rank: communicator.rank)
    }

    /// How this rank sums over its rows of a step's batch.
    func sums(_ step: Int, of feed: Feed) -> RowPartition {
        let batch = feed.plan.batch(step).count
        if let known = sums[batch] { return known }
        let result = partition(of: batch, rank: communicator.rank)
        sums[batch] = result
        return result
    }

    /// How a rank sums over its rows of a batch.
    func partition(of batch: Int, rank: Int) -> RowPartition {
        microShards?.sums(of: batch, rank: rank)
            ?? RowPartition(rows: shardRange(of: batch, rank: rank, size: communicator.size).count)
    }

    var communicator: any Communicator { backend.communicator }
    var coordinator: Coordinator { Coordinator(communicator: communicator) }
    var crew: Crew { backend.crew }
    /// The number of batches that were evaluated or predicted so far.
    var inferenceSteps = 0
    /// The penalty that regularizers add to the loss; nil if there are none.
    private(set) lazy var penalty = WeightPenalty(graph.weights)

    /// Collective: gives all ranks rank 0's weights and seed.
    func shareState() throws {
        guard communicator.size > 1 else { return }
        var writer = WireWriter()
        writer.write(context.seed)
        var reader = WireReader(try communicator.share(writer.bytes, from: 0))
        context.seed = try reader.readUInt64()
        // Some ranks may have left the shared memory.
        arena.moveToOwn()
        try communicator.broadcast(arena.values, from: 0)
        try communicator.broadcast(arena.state, from: 0)
    }

    /// Collective: makes the runtime ready to train.
    ///
    /// - Parameters:
    ///   - isNew: some rank has not trained since it was compiled; then the optimizers of all ranks begin anew.
    ///   - remembered: the state of training if there is no trainer yet, the same on all ranks.
    func prepareTraining(isNew: Bool, remembered: TrainingMemory?) throws {
        guard let compilation else { throw TrainingError.notCompiled(call: "fit") }
        if isNew || trainer == nil || trainer?.microShards != microShards {
            let before = isNew ? nil : try trainer?.memory(over: communicator) ?? remembered
            if trainer != nil { for slot in before?.slots ?? [] { try communicator.broadcast(slot, from: 0) } }
            trainer = nil
            trainer = try Trainer(
                compilation, arena: arena, starts: graph.gradientStarts, totals: totals.exchanged.count,
                microShards: microShards,
                backend: backend, before: before)
        }
        try trainer?.attach(arena, over: communicator)
    }

    /// Forgets the optimizer's state.
    func forgetTraining() { trainer = nil }

    /// Collective: throws the error that an operation found in the data on any rank.
    func checkData() throws {
        defer { context.failure = nil }
        try coordinator.agree {
            if let (layer, error) = context.failure { throw LayerError(error, in: layerNames[layer]) }
        }
    }

    /// Computes this rank's shard of a batch.
    ///
    /// Collective where layers take statistics of the whole batch.
    func forward(_ plan: Plan, of network: Network) throws {
        // Between two steps, a callback may have used a model with common layers.
        arena.resume()
        network.forward(plan)
        try ranksBatch.check()
    }

    /// Adds the losses and the metrics of a batch to totals.
    ///
    /// Collective where outputs have masks.
    func score(_ plan: Plan, of network: Network, into totals: StepTotals) throws {
        activity.enter(.loss)
        context.sums = totals
        network.score(plan)
        try ranksBatch.check()
    }

    /// Collective where layers take statistics of the whole batch.
    ///
    /// - Parameter complete: as of `Network.backward`.
    func backward(
        _ plan: Plan, of network: Network, complete: (Int) throws(ClusterError) -> Void
    ) throws {
        try network.backward(plan, complete: complete)
        try ranksBatch.check()
    }
}
