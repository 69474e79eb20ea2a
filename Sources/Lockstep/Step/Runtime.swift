import LockstepCluster
import LockstepCompute
import LockstepGraph
import LockstepLayers

/// A compiled model at work: the network on this rank's threads, the trainer once it has trained, and what a step adds
/// up.
final class Runtime {
    let graph: Graph
    /// Of the layer calls, and the inputs.
    let layerNames, inputNames: [String]
    let outputShapes: [Shape]
    /// What the shapes of the last data decided.
    var checkedShapes: CheckedShapes?
    let network: Network
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
    /// The positions of a sample that each of the totals is a sum over.
    private let totalPositions: [Double]
    /// Makes what is reported of the totals.
    let means: ReportedMeans
    /// Whether the output of an objective has a mask.
    let hasMasks: Bool
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
    /// Places for the targets of some rows.
    private var targetPlaces: [TargetPlace] = []
    /// What each objective's gradient is multiplied with, so that the one division, by the positions of the first's
    /// rows, suits it.
    let lossFactors: [Double]
    /// The rows of the first objective's loss for each sample.
    let firstPositions: Int

    init(graph: Graph, arena: Arena, compilation: Compilation?, seed: UInt64, backend: Backend) {
        self.backend = backend
        self.compilation = compilation
        ranksBatch = RanksBatch(backend.communicator)
        self.graph = graph
        layerNames = graph.calls.map(\.name)
        (inputNames, outputShapes) = (graph.inputNames, graph.outputShapes)
        let objectives = compilation?.objectives ?? []
        var losses = graph.outputs.map { _ in OperationGraph.LossInput.none }
        let activations = graph.outputActivations
        for objective in objectives {
            losses[objective.output] = objective.loss.takesLogits(of: activations[objective.output]) ? .logits : .output
        }
        let positions = objectives.map { Double(graph.positions($0)) }
        firstPositions = Int(positions.first ?? 1)
        lossFactors = zip(objectives, positions).map { $0.weight * positions[0] / $1 }
        network = Network(
            training: graph.training, inference: graph.inference, arena: arena,
            context: StepContext(
                crew: backend.crew, seed: seed, batch: ranksBatch, activity: backend.communicator.activity),
            losses: losses)
        let isMasked = objectives.map { graph.inference.masks[$0.output] != nil }
        hasMasks = isMasked.contains(true)
        let counted = objectives.indices.filter { isMasked[$0] && !objectives[$0].metrics.isEmpty }
        var (metricPositions, masked): ([Double], [Int?]) = ([], [])
        for (number, objective) in objectives.enumerated() {
            // What is divided by the positions that a mask leaves is a sum over positions.
            metricPositions += objective.metrics.map { _ in isMasked[number] ? 1 : positions[number] }
            masked += objective.metrics.map { _ in counted.firstIndex(of: number) }
        }
        let several = objectives.count > 1 ? positions : []
        let unmasked: [Int?] = several.map { _ in nil }
        means = ReportedMeans(masked: (objectives.isEmpty ? [] : [nil]) + masked + unmasked)
        let maskCounts = [Double](repeating: 1, count: counted.count)
        totalPositions = Array(positions.prefix(1)) + metricPositions + several + maskCounts
        totals = StepTotals(positions: totalPositions, microShards: nil, rank: 0)
    }

    /// Totals of a step, or of several.
    func makeTotals() -> StepTotals {
        StepTotals(positions: totalPositions, microShards: microShards, rank: communicator.rank)
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
    var arena: Arena { network.arena }
    /// What the regularizers of the weights add to the loss; nil for nothing.
    private(set) lazy var penalty = WeightPenalty(graph.weights)

    /// The rows of an objective's loss for each sample.
    func positions(_ objective: Objective) -> Int { graph.positions(objective) }

    /// Collective: gives all ranks rank 0's weights and seed.
    func shareState() throws {
        guard communicator.size > 1 else { return }
        var writer = WireWriter()
        writer.write(network.context.seed)
        var reader = WireReader(try communicator.share(writer.bytes, from: 0))
        network.context.seed = try reader.readUInt64()
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
                compilation, network: network, starts: graph.gradientStarts, totals: totals.exchanged.count,
                microShards: microShards,
                backend: backend, before: before)
        }
        try trainer?.attach(arena, over: communicator)
    }

    /// Forgets what the optimizer remembers.
    func forgetTraining() { trainer = nil }

    /// Collective: throws what operations found wrong in the data on any rank.
    func checkData() throws {
        defer { network.context.failure = nil }
        try coordinator.agree {
            if let (layer, error) = network.context.failure { throw LayerError(error, in: layerNames[layer]) }
        }
    }

    /// Computes this rank's shard of a batch.
    ///
    /// Collective where layers take statistics of the whole batch.
    func forward(_ plan: Plan) throws {
        network.forward(plan)
        try ranksBatch.check()
    }

    /// Collective where layers take statistics of the whole batch.
    ///
    /// - Parameter complete: as of `Network.backward`.
    func backward(_ plan: Plan, complete: (Int) throws(ClusterError) -> Void) throws {
        try network.backward(plan, complete: complete)
        try ranksBatch.check()
    }

    /// A place for the targets of some rows.
    func targetPlace(_ sums: RowPartition, shapes: SampleShapes) -> TargetPlace {
        if let place = targetPlaces.first(where: { $0.sums == sums && $0.shapes == shapes }) { return place }
        let place = TargetPlace(sums, shapes: shapes, positions: (compilation?.objectives ?? []).map(positions))
        targetPlaces.append(place)
        return place
    }
}

extension Graph {
    /// The rows of an objective's loss for each sample: more than one where the output has more dimensions than
    /// `[batch, columns]`.
    fileprivate func positions(_ objective: Objective) -> Int {
        let shape = outputShapes[objective.output]
        return shape.count / max(shape.last ?? 1, 1)
    }
}
