import LockstepCluster
import LockstepCompute
import LockstepGraph
import LockstepLayers

/// The exchange of gradients, and the optimizers with their slots for the weights that this rank updates.
final class Trainer: GradientUpdate, @unchecked Sendable {
    let exchange: any GradientExchange
    /// Of each optimizer.
    let states: [OptimizerState]
    let turns: [Turn]
    /// The turn under way.
    private var turn = 0
    /// The factor of the gradients in the current update.
    private var scale: Float = 1
    /// Whether the current step updates the weights.
    private var isLastKept = true
    private let accumulation: GradientAccumulation?
    /// Replaces `accumulation` in the reproducible mode: gradients are kept as sums over all ranks.
    private let sumAccumulation: SumAccumulation?
    /// The states of the optimizers of each turn, and where there are any, the clipping, decay and constraints of their
    /// weights.
    private let turnStates: [[OptimizerState]]
    private let turnReaches: [[UpdateReach]]
    private let hasNorms: Bool
    private let penalties: PenaltySums?
    private let arena: Arena
    private let crew: Crew
    private let communicator: any Communicator
    /// The micro-shards of the reproducible mode; nil in the other mode.
    let microShards: MicroShards?
    /// The number of steps so far.
    private(set) var steps = 0

    /// Collective: makes the exchange of a model's gradients. Values and gradients get memory of their own, from which
    /// `attach` moves them to where the exchange wants them.
    ///
    /// - Parameters:
    ///   - starts: where the layers' weights begin in the arena.
    ///   - before: the state of training so far; nil if it begins.
    init(
        _ compilation: Compilation, arena: Arena, starts: [Int], totals: Int, microShards: MicroShards?,
        backend: Backend,
        before: TrainingMemory?
    ) throws {
        self.arena = arena
        arena.moveToOwn(parts: microShards?.mostParts ?? 1)
        self.microShards = microShards
        turns = compilation.turns
        var moved: [[Weight]?] = compilation.optimizers.map { _ in nil }
        for (optimizer, weights) in turns.flatMap(\.updates) { moved[optimizer] = weights }
        let reaches = zip(compilation.optimizers, moved).map { UpdateReach($0, arena, moving: $1) }
        turnReaches = turns.map { $0.updates.compactMap { reaches[$0.optimizer] } }
        hasNorms = reaches.contains { $0?.norms != nil }
        let (rank, ranks) = (backend.communicator.rank, backend.communicator.size)
        penalties = WeightPenalty(arena.weights).map { PenaltySums($0, totals: totals, rank: rank, ranks: ranks) }
        let subject = ExchangeSubject(
            gradients: arena.gradientParts, starts: starts, totals: penalties?.totals.count ?? totals,
            microShards: microShards,
            movesLater: hasNorms)
        let exchange = try compilation.exchange.exchange(
            for: subject, communicator: backend.communicator, crew: backend.crew,
            isOversubscribed: backend.isOversubscribed
        ) { Terminal.writeError("warning: \($0)\n") }
        self.exchange = exchange
        let gradients = exchange.memory?.gradients[0] ?? arena.gradients
        let states = zip(compilation.optimizers, reaches).map { optimizer, reach in
            OptimizerState(
                for: optimizer, values: exchange.memory?.values ?? arena.values,
                pieces: exchange.pieces.map { ($0.range, $0.gradients) }, reach: reach)
        }
        self.states = states
        turnStates = turns.map { $0.updates.map { states[$0.optimizer] } }
        let accumulated = compilation.optimizer.gradientAccumulationSteps
        accumulation =
            microShards != nil
            ? nil : accumulated.map { GradientAccumulation(steps: $0, gradients: gradients, starts: starts) }
        sumAccumulation =
            microShards == nil
            ? nil : accumulated.map { SumAccumulation(steps: $0, pieces: exchange.pieces.map(\.gradients)) }
        (crew, communicator) = (backend.crew, backend.communicator)
        if let before { restore(before) }
    }

    /// Takes a state of training, which is whole on this rank.
    func restore(_ memory: TrainingMemory) {
        var first = 0
        for (state, iterations) in zip(states, memory.iterations) {
            state.restore(Array(memory.slots[first..<first + state.held.count]), iterations: iterations)
            first += state.held.count
        }
        steps = memory.steps
        guard let accumulated = memory.accumulated else { return }
        // The parts of the ranks are added later, so one rank may hold all of it.
        if communicator.rank == 0 { accumulation?.kept.assign(accumulated) } else { accumulation?.kept.fill(0) }
        for (piece, kept) in zip(exchange.pieces, sumAccumulation?.kept ?? []) {
            kept.assign(accumulated.part(at: piece.range.lowerBound, shape: kept.shape))
        }
    }

    /// Collective: the gradients being accumulated, of all ranks; nil between updates.
    func accumulatedGradients(over communicator: any Communicator) throws -> Tensor? {
        guard steps % (accumulation?.steps ?? sumAccumulation?.steps ?? 1) != 0 else { return nil }
        let sum = accumulation?.kept.copy() ?? Tensor.zeros([arena.values.count])
        for (piece, kept) in zip(exchange.pieces, sumAccumulation?.kept ?? []) where exchange.isFirstHolder {
            sum.part(at: piece.range.lowerBound, shape: kept.shape).assign(kept)
        }
        try communicator.allReduceSum(sum)
        return sum
    }

    /// The learning rate of each optimizer.
    var learningRates: [Double] {
        get { states.map(\.learningRate) }
        set { for (state, rate) in zip(states, newValue) { state.learningRate = rate } }
    }

    /// Runs the backward of a step's turn and updates the weights, if it is time for an update. If the first of all
    /// ranks' totals is not finite, weights stay as they are.
    ///
    /// Collective.
    ///
    /// - Parameters:
    ///   - turn: one that is due.
    ///   - totals: this rank's sums; afterwards those of all ranks.
    ///   - rows: the rows of the global batch. Ranks hold sums; the only division is by this count.
    ///   - backward: computes gradients, and tells from where on they are complete.
    func step(
        _ turn: Int, _ totals: inout [Double], rows: Int, backward: ((Int) throws(ClusterError) -> Void) throws -> Void
    ) throws {
        self.turn = turn
        guard let penalties else { return try advance(&totals, rows: rows, backward: backward) }
        penalties.take(totals, on: crew)
        try advance(&penalties.totals, rows: rows, backward: backward)
        penalties.give(&totals)
    }

    /// The penalty of the regularizers in the last step's loss, which is a mean over rows.
    var penalty: Double { penalties?.sum ?? 0 }

    private func advance(
        _ totals: inout [Double], rows: Int, backward: ((Int) throws(ClusterError) -> Void) throws -> Void
    ) throws {
        let mean = 1 / Float(rows)
        if steps == 0, turns.firstIndex(where: { $0.isDue(afterSteps: 0) }) == turn {
            for state in states { state.fillWeightSlots() }
        }
        if let accumulation, (steps + 1) % accumulation.steps != 0 {
            try backward { _ in }
            // The ranks' sums are added later, so one rank adds the penalties.
            for reach in turnReaches[turn] where communicator.rank == 0 {
                reach.derive(on: crew)
                reach.accumulate(
                    arena.gradients, of: arena.values, in: 0..<arena.values.count, scale: Float(rows), on: crew)
            }
            try communicator.allReduceSum(&totals)
            guard totals[0].isFinite else { return }
            accumulation.keep(mean, isFirst: steps % accumulation.steps == 0, on: crew)
            try renewAverages()
            try constrain(hasMoved: false)
        } else {
            scale = accumulation.map { 1 / Float($0.steps) } ?? mean
            isLastKept = sumAccumulation.map { (steps + 1) % $0.steps == 0 } ?? true
            if isLastKept {
                // Only a model without objectives accumulates gradients; then there are more steps than updates.
                for state in turnStates[turn] {
                    state.begin(step: turns.count == 1 ? steps : state.iterations, on: crew)
                }
            } else {
                for reach in turnReaches[turn] { reach.derive(on: crew) }
            }
            try exchange.begin(totals)
            var end = accumulation?.parts.count ?? 0
            try backward { (offset) throws(ClusterError) in
                accumulation?.add(mean, from: offset, before: &end, on: crew)
                try exchange.complete(from: offset, update: self)
            }
            communicator.activity.enter(.exchange)
            try exchange.finish(&totals, update: self)
            guard totals[0].isFinite else { return }
            if isLastKept {
                if hasNorms { try move() }
                for state in turnStates[turn] { state.iterations += 1 }
            } else {
                try renewAverages()
            }
            try constrain(hasMoved: isLastKept)
        }
        if !turns[(turn + 1)...].contains(where: { $0.isDue(afterSteps: steps) }) { steps += 1 }
    }

    /// Collective: updates the weights with gradients that are clipped by their norms.
    private func move() throws {
        for reach in turnReaches[turn] {
            guard let norms = reach.norms else { continue }
            if communicator.size > 1 {
                // Weights that several ranks update alike count once.
                if !exchange.isFirstHolder { norms.lines.fill(0) }
                try communicator.allReduceSum(norms.lines)
            }
            norms.decide()
        }
        try exchange.move(by: self)
    }

    private var keepsAverages: Bool { states.contains(where: \.keepsAverages) }

    /// Collective: renews the averages of the weights in a step that only accumulates gradients.
    private func renewAverages() throws {
        guard keepsAverages else { return }
        try exchange.move(
            by: PieceChange { [states] piece, crew in
                for state in states { state.renewAverages(piece: piece, on: crew) }
            })
    }

    /// Collective: replaces the weights by their averages, if averages are kept: Keras's `finalize_variable_values`.
    func takeAverages() throws {
        guard keepsAverages, steps > 0 else { return }
        arena.resume()
        // A rank that is late may still read the weights.
        try communicator.barrier()
        try exchange.move(
            by: PieceChange { [states] piece, _ in for state in states { state.takeAverages(piece: piece) } })
    }

    /// Collective: makes weights fulfil their constraints. Keras does so in every step, even in one that only
    /// accumulates gradients.
    ///
    /// - Parameter hasMoved: whether this step has updated the weights. Constraints of single elements were applied
    ///   then.
    private func constrain(hasMoved: Bool) throws {
        let (part, parts) = exchange.share
        var hasConstrained = false
        for reach in turnReaches[turn] where !reach.constraints.isEmpty || !hasMoved && !reach.nonNegative.isEmpty {
            hasConstrained = true
            for constraint in reach.constraints {
                let groups = cut(0..<constraint.groups.count, into: parts, part: part)
                constraint.groups.bound(constraint.weight.value, groups: groups, to: constraint.bounds, on: crew)
            }
            for range in hasMoved ? [] : reach.nonNegative {
                let range = cut(range, into: parts, part: part)
                clampToZero(arena.values.part(at: range.lowerBound, shape: [range.count]), on: crew)
            }
        }
        if hasConstrained, exchange.memory != nil { try communicator.barrier() }
    }

    func move(piece: Int, on crew: Crew) { for state in turnStates[turn] { state.move(piece: piece, on: crew) } }

    func update(piece: Int, on crew: Crew) {
        guard let sumAccumulation else {
            for state in turnStates[turn] { state.update(piece: piece, scale: scale, on: crew) }
            return
        }
        sumAccumulation.keep(
            piece: piece, factor: scale, isFirst: steps % sumAccumulation.steps == 0, isLast: isLastKept, on: crew)
        guard !isLastKept else {
            for state in turnStates[turn] {
                state.update(piece: piece, scale: 1 / Float(sumAccumulation.steps), on: crew)
            }
            return
        }
        let (kept, range) = (sumAccumulation.kept(piece: piece), exchange.pieces[piece].range)
        for (state, reach) in zip(turnStates[turn], turnReaches[turn]) {
            reach.accumulate(kept, of: state.values(of: piece), in: range, scale: 1, on: crew)
        }
    }

    /// Collective: moves values and gradients to where the exchange wants them. All ranks have the same values, in
    /// memory of their own.
    func attach(_ arena: Arena, over communicator: any Communicator) throws {
        guard let memory = exchange.memory, !arena.isShared else { return }
        // A rank that is late may still read what this memory held before.
        try communicator.barrier()
        if memory.isFirst { memory.values.assign(arena.values) }
        try communicator.barrier()
        arena.moveToShared(values: memory.values, gradientParts: memory.gradients)
    }
}

/// A change of weights apart from their updates.
private final class PieceChange: GradientUpdate, @unchecked Sendable {
    private let change: (_ piece: Int, _ crew: Crew) -> Void

    init(_ change: @escaping (_ piece: Int, _ crew: Crew) -> Void) { self.change = change }

    func update(piece: Int, on crew: Crew) { change(piece, crew) }
    func move(piece: Int, on crew: Crew) { change(piece, crew) }
}
