import LockstepCluster
import LockstepCompute
import LockstepGraph
import LockstepLayers

/// A compiled model at work: what it computes on this rank's threads, the trainer once it has trained, and what a step
/// adds up.
final class Runtime {
    let graph: Graph
    /// Of the layer calls, and the inputs.
    let layerNames, inputNames: [String]
    let inputTypes: [DataType]
    let arena: Arena
    let context: StepContext
    /// What is computed for data of the shapes that were met last.
    private(set) var computations: [Computation] = []
    /// How many shapes are remembered at most.
    private static let mostComputations = 64
    let backend: Backend
    let compilation: Compilation?
    private(set) var trainer: Trainer?
    private let ranksBatch: RanksBatch
    /// What is summed by itself, where results must not depend on the number of ranks.
    var microShards: MicroShards? {
        didSet {
            ranksBatch.microShards = microShards
            totals = makeTotals()
            sums = [:]
        }
    }
    /// The sums of loss and metrics over the samples of a step.
    private(set) var totals: StepTotals
    /// Makes what is reported of the totals.
    let means: ReportedMeans
    /// How this rank sums over its rows of a batch, by the batch's rows.
    private var sums: [Int: RowPartition] = [:]
    /// Where to add up how long the parts of a step take; nil measures nothing.
    var times: StepTimes?
    /// What each epoch of the last training took.
    var epochSeconds: [Double] = []
    /// The last of the last training's epochs that was good, where it was to be kept.
    var goodEpoch: GoodEpoch?
    /// How long each checkpoint of the last training held this rank up.
    var checkpointSeconds: [Double] = []
    /// Whether plans fill memory that they do not read any more with NaN: for tests.
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
        context = StepContext(
            crew: backend.crew, seed: seed, batch: ranksBatch, activity: backend.communicator.activity)
        let objectives = compilation?.objectives ?? []
        let isMasked = objectives.map { graph.inference.masks[$0.output] != nil }
        let counted = objectives.indices.filter { isMasked[$0] && !objectives[$0].metrics.isEmpty }
        var masked: [Int?] = []
        for (number, objective) in objectives.enumerated() {
            masked += objective.metrics.map { _ in counted.firstIndex(of: number) }
        }
        let unmasked: [Int?] = objectives.count > 1 ? objectives.map { _ in nil } : []
        means = ReportedMeans(masked: (objectives.isEmpty ? [] : [nil]) + masked + unmasked)
        totals = StepTotals(count: means.sums, microShards: nil, rank: 0)
    }

    /// What is computed for data that suits the model; made at the first request.
    ///
    /// - Parameters:
    ///   - graph: traced for the inputs' shapes.
    ///   - metrics: of each objective.
    func addComputation(for data: DataSet, graph: Graph, metrics: [[MetricFunction]]) -> Computation {
        let result = Computation(
            graph: graph, shapes: data.shapes, targetRanks: data.shapes.targets.indices.map(data.targetRank),
            objectives: compilation?.objectives ?? [], metrics: metrics, arena: arena, context: context,
            fillsDeadMemory: fillsDeadMemory)
        computations = [result] + computations.prefix(Self.mostComputations - 1)
        return result
    }

    /// Totals of a step, or of several.
    func makeTotals() -> StepTotals {
        StepTotals(count: means.sums, microShards: microShards, rank: communicator.rank)
    }

    /// How this rank sums over its rows of a step's batch.
    func sums(_ step: Int, of feed: Feed) -> RowPartition {
        let batch = feed.plan.batch(step).count
        if let known = sums[batch] { return known }
        let result = microShards?.sums(of: batch, rank: communicator.rank) ?? RowPartition(rows: feed.shard(step).count)
        sums[batch] = result
        return result
    }

    var communicator: any Communicator { backend.communicator }
    var coordinator: Coordinator { Coordinator(communicator: communicator) }
    var crew: Crew { backend.crew }
    /// What the regularizers of the weights add to the loss; nil for nothing.
    private(set) lazy var penalty = WeightPenalty(graph.weights)

    /// Collective: gives all ranks rank 0's weights and seed.
    func shareState() throws {
        guard communicator.size > 1 else { return }
        var writer = WireWriter()
        writer.write(context.seed)
        var reader = WireReader(try communicator.share(writer.bytes, from: 0))
        context.seed = try reader.readUInt64()
        // Some ranks may have left the memory they shared with others.
        arena.moveToOwn()
        try communicator.broadcast(arena.values, from: 0)
        try communicator.broadcast(arena.state, from: 0)
    }

    /// Collective: makes the runtime ready to train.
    ///
    /// - Parameters:
    ///   - isNew: some rank has not trained since it was compiled, so that the optimizers of all begin anew.
    ///   - remembered: what training remembers where there is no trainer yet, the same on all ranks.
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

    /// Forgets what the optimizer remembers.
    func forgetTraining() { trainer = nil }

    /// Collective: throws what operations found wrong in the data on any rank.
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
        network.forward(plan)
        try ranksBatch.check()
    }

    /// Adds the losses and the metrics of a batch to totals.
    ///
    /// Collective where outputs have masks.
    func score(_ plan: Plan, of network: Network, into totals: StepTotals) throws {
        communicator.activity.enter(.loss)
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
