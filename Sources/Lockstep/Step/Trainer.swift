import LockstepCluster
import LockstepCompute
import LockstepGraph
import LockstepLayers

/// The exchange of gradients, and the optimizers with their slots for the weights that this rank updates.
final class Trainer: GradientUpdate, @unchecked Sendable {
    let exchange: any GradientExchange
    /// Of each optimizer.
    let parts: [OptimizerPart]
    let states: [OptimizerState]
    let turns: [Turn]
    /// The turn under way.
    private(set) var turn = 0
    /// The factor of the gradients in the current update.
    private var scale: Float = 1
    /// Whether the current step updates the weights.
    private var isLastKept = true
    private let accumulation: GradientAccumulation?
    /// Replaces `accumulation` in the reproducible mode: gradients are kept as sums over all ranks.
    private let sumAccumulation: SumAccumulation?
    /// The optimizers of each turn.
    let turnParts: [[OptimizerPart]]
    /// Those of them that update the exchange's pieces.
    private let turnSlices: [[OptimizerState]]
    /// Whether updates need more than the gradients of a piece.
    private let movesLater: Bool
    /// Goes on with updates when the norms are known by which gradients are clipped; nil if no update needs it.
    private var preparation: PieceChange?
    /// The values of each of the exchange's pieces.
    private let pieceValues: [Tensor]
    private let penalties: PenaltySums?
    let arena: Arena
    let crew: Crew
    let communicator: any Communicator
    private let activity: Activity
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
        movesLater =
            reaches.contains { $0?.norms != nil } || compilation.optimizers.contains { $0.scope != .elements }
        let (rank, ranks) = (backend.communicator.rank, backend.communicator.size)
        penalties = WeightPenalty(arena.weights).map { PenaltySums($0, totals: totals, rank: rank, ranks: ranks) }
        let subject = ExchangeSubject(
            gradients: arena.gradientParts, starts: starts, totals: penalties?.totals.count ?? totals,
            microShards: microShards,
            movesLater: movesLater)
        let exchange = try compilation.exchange.exchange(
            for: subject, communicator: backend.communicator, crew: backend.crew,
            isOversubscribed: backend.isOversubscribed
        ) { Terminal.writeError("warning: \($0)\n") }
        self.exchange = exchange
        let gradients = exchange.memory?.gradients[0] ?? arena.gradients
        let values = exchange.memory?.values ?? arena.values
        let parts = zip(compilation.optimizers, zip(moved, reaches)).map { optimizer, part in
            let (moved, reach) = part
            guard optimizer.scope == .weights else {
                return OptimizerPart(
                    state: OptimizerState(
                        for: optimizer, values: values, pieces: exchange.pieces.map { ($0.range, $0.gradients) },
                        reach: reach),
                    reach: reach, whole: nil, isFirstHolder: exchange.isFirstHolder)
            }
            let whole = WholeGradients(of: moved, in: arena, exchange)
            return OptimizerPart(
                state: OptimizerState(
                    for: optimizer, values: values, pieces: whole.pieces, weights: whole.weights, reach: reach),
                reach: reach, whole: whole, isFirstHolder: exchange.isFirstSharer)
        }
        (self.parts, states) = (parts, parts.map(\.state))
        turnParts = turns.map { $0.updates.map { parts[$0.optimizer] } }
        let slices = turnParts.map { $0.filter { $0.whole == nil }.map(\.state) }
        turnSlices = slices
        pieceValues = exchange.pieces.map { values.part(at: $0.range.lowerBound, shape: [$0.range.count]) }
        let accumulated = compilation.optimizer.gradientAccumulationSteps
        accumulation =
            microShards != nil
            ? nil : accumulated.map { GradientAccumulation(steps: $0, gradients: gradients, starts: starts) }
        sumAccumulation =
            microShards == nil
            ? nil : accumulated.map { SumAccumulation(steps: $0, pieces: exchange.pieces.map(\.gradients)) }
        (crew, communicator, activity) = (backend.crew, backend.communicator, backend.communicator.activity)
        if states.contains(where: \.preparesLater) {
            preparation = PieceChange { [unowned self] piece, crew in
                for state in slices[self.turn] { state.prepare(piece: piece, on: crew) }
            }
        }
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

    /// The elements of the gradients being accumulated.
    var accumulatedElements: Int {
        (accumulation?.kept.count ?? 0) + (sumAccumulation?.kept.reduce(0) { $0 + $1.count } ?? 0)
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
            for part in turnParts[turn] where communicator.rank == 0 {
                part.reach?.derive(on: crew)
                part.reach?.accumulate(
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
                for part in turnParts[turn] {
                    part.state.begin(step: turns.count == 1 ? steps : part.state.iterations, on: crew)
                }
            } else {
                for part in turnParts[turn] { part.reach?.derive(on: crew) }
            }
            try exchange.begin(totals)
            var end = accumulation?.parts.count ?? 0
            try backward { (offset) throws(ClusterError) in
                accumulation?.add(mean, from: offset, before: &end, on: crew)
                try exchange.complete(from: offset, update: self)
            }
            activity.enter(.exchange)
            try exchange.finish(&totals, update: self)
            guard totals[0].isFinite else { return }
            if isLastKept {
                if movesLater { try move() }
                for part in turnParts[turn] { part.state.iterations += 1 }
            } else {
                try renewAverages()
            }
            try constrain(hasMoved: isLastKept)
        }
        if !turns[(turn + 1)...].contains(where: { $0.isDue(afterSteps: steps) }) { steps += 1 }
    }

    /// Collective: completes the updates that need more than the gradients of a piece.
    private func move() throws {
        if !turnSlices[turn].isEmpty {
            for part in turnParts[turn] where part.whole == nil { try clip(part) }
            if let preparation { exchange.prepare(by: preparation) }
            for part in turnParts[turn] {
                guard let ratios = part.reach?.ratios else { continue }
                try sum(ratios.lines, of: part)
                ratios.decide()
            }
            try exchange.move(by: self)
        }
        // Only now, because until then an exchange may send values.
        for part in turnParts[turn] {
            guard let whole = part.whole else { continue }
            try whole.collect(over: communicator, on: crew)
            for piece in whole.pieces.indices { part.state.update(piece: piece, scale: ownScale, on: crew) }
            try clip(part)
            for piece in whole.pieces.indices { part.state.move(piece: piece, on: crew) }
        }
        if turnSlices[turn].count < turnParts[turn].count { try meet() }
    }

    /// Collective: computes the norms by which the gradients of an optimizer are clipped.
    private func clip(_ part: OptimizerPart) throws {
        guard let norms = part.reach?.norms else { return }
        try sum(norms.lines, of: part)
        norms.decide()
    }

    /// Collective: adds up what each rank has of an optimizer's pieces.
    private func sum(_ lines: Tensor, of part: OptimizerPart) throws {
        guard communicator.size > 1 else { return }
        // Weights that several ranks update alike count once.
        if !part.isFirstHolder { lines.fill(0) }
        try communicator.allReduceSum(lines)
    }

    func move(piece: Int, on crew: Crew) { for state in turnSlices[turn] { state.move(piece: piece, on: crew) } }

    /// The factor of the sums of gradients in the exchange's pieces, when the exchange has finished an update.
    private var ownScale: Float { sumAccumulation.map { 1 / Float($0.steps) } ?? scale }

    func update(piece: Int, on crew: Crew) {
        if let sumAccumulation {
            sumAccumulation.keep(
                piece: piece, factor: scale, isFirst: steps % sumAccumulation.steps == 0, isLast: isLastKept, on: crew)
            guard isLastKept else {
                for part in turnParts[turn] {
                    part.reach?.accumulate(
                        sumAccumulation.kept(piece: piece), of: pieceValues[piece], in: exchange.pieces[piece].range,
                        scale: 1, on: crew)
                }
                return
            }
        }
        for state in turnSlices[turn] { state.update(piece: piece, scale: ownScale, on: crew) }
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
