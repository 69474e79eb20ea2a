import LockstepCluster
import LockstepCompute
import LockstepLayers

/// What training needs beyond computing: the exchange of gradients, and the optimizer with its memory of what this rank updates.
final class Trainer: GradientUpdate, @unchecked Sendable {
    let exchange: any GradientExchange
    let optimizerState: OptimizerState
    /// What gradients are multiplied with in the update under way.
    private var scale: Float = 1
    private let accumulation: GradientAccumulation?
    private let crew: Crew
    private let communicator: any Communicator
    /// Steps so far.
    private(set) var steps = 0

    /// Collective: makes the exchange of a model's gradients. Values and gradients get memory of their own, from which `attach` moves
    /// them to where the exchange wants them.
    init(_ compilation: Compilation, network: Network, totals: Int, backend: Backend) throws {
        let arena = network.arena
        arena.moveToOwn()
        let subject = ExchangeSubject(gradients: arena.gradients, starts: network.gradientStarts, totals: totals)
        let exchange = try compilation.exchange.exchange(
            for: subject, communicator: backend.communicator, crew: backend.crew, isCrowded: backend.isCrowded
        ) { Terminal.writeError("warning: \($0)\n") }
        self.exchange = exchange
        let gradients = exchange.memory?.gradients ?? arena.gradients
        optimizerState = OptimizerState(
            for: compilation.optimizer, values: exchange.memory?.values ?? arena.values,
            pieces: exchange.pieces.map { ($0.range, $0.gradients) })
        accumulation = compilation.optimizer.gradientAccumulationSteps.map {
            GradientAccumulation(steps: $0, gradients: gradients, starts: network.gradientStarts)
        }
        (crew, communicator) = (backend.crew, backend.communicator)
        exchange.update = self
    }

    /// Runs a step's backward and moves the values, if this step is to, unless the first of all ranks' totals is no number.
    ///
    /// Collective.
    ///
    /// - Parameters:
    ///   - totals: this rank's sums; afterwards those of all ranks.
    ///   - rows: the rows of the global batch; ranks hold sums, and the one division is by this count.
    ///   - backward: computes gradients, and tells from where on they are complete.
    func step(
        _ totals: inout [Double], rows: Int, backward: ((Int) throws(ClusterError) -> Void) throws -> Void
    ) throws {
        let mean = 1 / Float(rows)
        if let accumulation, (steps + 1) % accumulation.steps != 0 {
            try backward { _ in }
            try communicator.allReduceSum(&totals)
            guard totals[0].isFinite else { return }
            accumulation.keep(mean, isFirst: steps % accumulation.steps == 0, on: crew)
        } else {
            scale = accumulation.map { 1 / Float($0.steps) } ?? mean
            try exchange.begin(totals)
            var end = accumulation?.parts.count ?? 0
            try backward { (offset) throws(ClusterError) in
                accumulation?.add(mean, from: offset, before: &end, on: crew)
                try exchange.complete(from: offset)
            }
            communicator.activity.enter(.exchange)
            try exchange.finish(&totals)
            guard totals[0].isFinite else { return }
            optimizerState.iterations += 1
        }
        steps += 1
    }

    func update(piece: Int, on crew: Crew) { optimizerState.update(piece: piece, scale: scale, on: crew) }

    /// Collective: moves values and gradients to where the exchange wants them. All ranks have the same values, in memory of their own.
    func attach(_ arena: Arena, over communicator: any Communicator) throws {
        guard let memory = exchange.memory, !arena.isShared else { return }
        if memory.isFirst { memory.values.assign(arena.values) }
        try communicator.barrier()
        arena.moveToShared(values: memory.values, gradients: memory.gradients)
    }
}
