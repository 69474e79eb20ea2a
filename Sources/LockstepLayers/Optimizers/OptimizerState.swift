import LockstepCompute
import LockstepGraph

/// An optimizer's slots for the values that it updates here, and the number of its updates. The values are a whole
/// arena or pieces of it.
package final class OptimizerState {
    /// The number of updates so far.
    package var iterations = 0
    private var optimizer: any Optimizer
    private let schedule: (any LearningRateSchedule)?
    private let reach: UpdateReach?
    /// Nil if no averages of the weights are kept.
    private let average: WeightAverage?
    private let pieces: [OptimizerPiece]
    /// The number of all values of the arena.
    package let count: Int
    /// The slots; the averages of the weights are the last. Each slot holds the pieces one after another, and each
    /// piece begins on a cache line.
    package let held: [Tensor]

    /// - Parameters:
    ///   - pieces: the ranges of the values that are updated here, each with its gradients.
    ///   - weights: the weight of each piece, if the optimizer sees weights whole; a piece is a weight then.
    ///   - reach: regularizers, clipping, decay and constraints of the weights; nil for none.
    package init(
        for optimizer: any Optimizer, values: Tensor, pieces: [(range: Range<Int>, gradients: Tensor)],
        weights: [Weight] = [], reach: UpdateReach?
    ) {
        precondition(
            optimizer.scope != .weights || weights.count == pieces.count,
            "\(weights.count) weights for \(pieces.count) pieces")
        self.optimizer = optimizer
        schedule = optimizer.schedule
        self.reach = reach
        self.count = values.count
        let average = WeightAverage(optimizer.options)
        self.average = average
        // Of several optimizers each has slots where its weights are.
        let pieces = pieces.map { range, gradients in
            let own = reach?.extent(in: range) ?? range
            return (
                range: own,
                gradients: own == range
                    ? gradients : gradients.part(at: own.lowerBound - range.lowerBound, shape: [own.count])
            )
        }
        let slots = optimizer.initialContents.map { Tensor.full([Self.size(of: pieces.map(\.range))], $0) }
        held = slots
        let workspace = Tensor.zeros([weights.map(optimizer.workspace).max() ?? 0])
        var offset = 0
        self.pieces = pieces.enumerated().map { index, piece in
            defer { offset += FloatBuffer.aligned(piece.range.count) }
            let weight = optimizer.scope == .weights ? weights[index] : nil
            let shape = weight?.shape ?? [piece.range.count]
            let parts = slots.enumerated().map { slot, held in
                // A slot that the weight does not have is empty.
                held.part(at: offset, shape: weight.map { optimizer.shape(ofSlot: slot, of: $0) ?? [0] } ?? shape)
            }
            let own = average == nil ? parts : parts.dropLast()
            let values = values.part(at: piece.range.lowerBound, shape: shape)
            let gradients = piece.gradients.part(at: 0, shape: shape)
            let result = OptimizerPiece(
                range: piece.range, values: values, gradients: gradients, slots: own,
                average: average == nil ? nil : parts.last,
                update: weight.map {
                    optimizer.weightUpdate(
                        of: WholeWeight(
                            weight: $0, values: values, gradient: gradients, slots: own, workspace: workspace))
                })
            guard let reach else { return result }
            result.parts = reach.runs.compactMap { run in
                let common = run.range.clamped(to: piece.range)
                return common.isEmpty ? nil : result.part(common, run, of: reach)
            }
            return result
        }
    }

    package convenience init(
        for optimizer: any Optimizer, values: Tensor, pieces: [(range: Range<Int>, gradients: Tensor)]
    ) {
        self.init(for: optimizer, values: values, pieces: pieces, reach: nil)
    }

    package var learningRate: Double {
        get { optimizer.learningRate }
        set { optimizer.learningRate = newValue }
    }

    /// The ranges of the values that are updated here.
    package var ranges: [Range<Int>] { pieces.map(\.range) }

    /// The number of elements that a slot has for these ranges.
    package static func size(of ranges: [Range<Int>]) -> Int { ranges.reduce(0) { $0 + FloatBuffer.aligned($1.count) } }

    /// Copies a slot, held for some ranges, to the places of these ranges in a tensor as long as all values.
    package func copy(_ held: Tensor, of ranges: [Range<Int>], into whole: Tensor) {
        var offset = 0
        for range in ranges {
            let shape: Shape = [range.count]
            whole.part(at: range.lowerBound, shape: shape).assign(held.part(at: offset, shape: shape))
            offset += FloatBuffer.aligned(range.count)
        }
    }

    /// Restores the slots and the number of updates. Each tensor of `slots` is as long as all values.
    package func restore(_ slots: [Tensor], iterations: Int) {
        for piece in pieces {
            for (slot, whole) in zip(piece.slots + [piece.average].compactMap { $0 }, slots) {
                slot.assign(whole.part(at: piece.range.lowerBound, shape: slot.shape))
            }
        }
        self.iterations = iterations
    }

    /// Fills the slots that begin as the weights are. No rank has moved a weight yet.
    package func fillWeightSlots() {
        for piece in pieces { for slot in optimizer.weightSlots { piece.slots[slot].assign(piece.values) } }
    }

    /// Sets the learning rate of an update, derives the penalties on whole weights, and clears the sums for norms. No
    /// rank has moved a weight since the step began.
    ///
    /// - Parameter step: the number of steps so far, including those that only accumulate gradients.
    package func begin(step: Int, on crew: Crew) {
        if let schedule { optimizer.learningRate = schedule.rate(step: step) }
        reach?.derive(on: crew)
        reach?.norms?.lines.fill(0)
        reach?.ratios?.lines.fill(0)
    }

    /// Updates the values of a piece; this is the update after `iterations` others. If gradients are clipped by norms,
    /// or the update depends on norms of weights, it only prepares the update. Then `prepare` and `move` complete it
    /// when the norms are known.
    ///
    /// - Parameter scale: the factor that the gradients are multiplied with first.
    package func update(piece: Int, scale: Float, on crew: Crew) {
        let piece = pieces[piece]
        guard let reach else {
            if let update = piece.update {
                apply(update, to: piece.gradients, scale: scale, on: crew)
            } else {
                optimizer.update(
                    piece.values, gradients: piece.gradients, scale: scale, iteration: iterations + 1,
                    slots: piece.slots, on: crew)
            }
            return renew(piece.average, of: piece.values, on: crew)
        }
        for part in piece.parts {
            let hasTerms = part.run.hasPenalty || reach.limit < .infinity || part.lines != nil
            if hasTerms {
                let terms = GradientTerms(
                    scale: scale, l1: part.run.l1, l2: part.run.l2, limit: part.slope == nil ? reach.limit : .infinity)
                terms.apply(to: part.gradients, of: part.values, on: crew)
            }
            if let slope = part.slope {
                add(part.gradients, slope, into: part.gradients, on: crew)
                if reach.limit < .infinity {
                    GradientTerms(scale: 1, limit: reach.limit).apply(to: part.gradients, of: part.values, on: crew)
                }
            }
            if let lines = part.lines {
                lineSquares(part.gradients, into: lines, on: crew)
            } else if part.ratioLines != nil {
                prepare(part, scale: hasTerms ? 1 : scale, on: crew)
            } else {
                move(part, scale: hasTerms ? 1 : scale, on: crew)
            }
        }
    }

    /// Whether gradients are clipped by norms, and the update then depends on norms of weights.
    package var preparesLater: Bool { reach?.norms != nil && reach?.ratios != nil }

    /// Goes on with a piece that `update` has prepared, when the norms are known by which gradients are clipped.
    package func prepare(piece: Int, on crew: Crew) {
        guard preparesLater, let norms = reach?.norms else { return }
        for part in pieces[piece].parts { prepare(part, scale: norms.factors[part.run.norm], on: crew) }
    }

    /// Updates the values of a piece that `update` or `prepare` has prepared.
    package func move(piece: Int, on crew: Crew) {
        if let ratios = reach?.ratios {
            for part in pieces[piece].parts { finish(part, ratio: ratios.ratios[part.run.weight], on: crew) }
        } else if let norms = reach?.norms {
            for part in pieces[piece].parts { move(part, scale: norms.factors[part.run.norm], on: crew) }
        }
    }

    private func prepare(_ part: OptimizerPiece.Part, scale: Float, on crew: Crew) {
        guard let lines = part.ratioLines else { return }
        if !optimizer.decaysInUpdate { decay(part, on: crew) }
        optimizer.prepare(
            part.values, gradients: part.gradients, scale: scale, iteration: iterations + 1, slots: part.slots, on: crew
        )
        lineSquares(part.values, into: lines.values, on: crew)
        lineSquares(part.gradients, into: lines.gradients, on: crew)
    }

    private func finish(_ part: OptimizerPiece.Part, ratio: Double, on crew: Crew) {
        optimizer.finish(
            part.values, gradients: part.gradients, ratio: ratio, decay: part.run.decay, slots: part.slots, on: crew)
        end(part, on: crew)
    }

    private func move(_ part: OptimizerPiece.Part, scale: Float, on crew: Crew) {
        decay(part, on: crew)
        if let update = part.update {
            apply(update, to: part.gradients, scale: scale, on: crew)
        } else {
            optimizer.update(
                part.values, gradients: part.gradients, scale: scale, iteration: iterations + 1, slots: part.slots,
                on: crew)
        }
        end(part, on: crew)
    }

    private func decay(_ part: OptimizerPiece.Part, on crew: Crew) {
        let rate = part.run.decay * learningRate
        if rate > 0 { LockstepCompute.decay(part.values, by: Float(rate), on: crew) }
    }

    private func apply(_ update: any WeightUpdate, to gradients: Tensor, scale: Float, on crew: Crew) {
        if scale != 1 { LockstepCompute.scale(gradients, by: scale, into: gradients, on: crew) }
        update.apply(learningRate: learningRate, iteration: iterations + 1, on: crew)
    }

    /// What follows every update.
    private func end(_ part: OptimizerPiece.Part, on crew: Crew) {
        renew(part.average, of: part.values, on: crew)
        if part.run.isNonNegative { clampToZero(part.values, on: crew) }
    }

    /// Whether averages of the weights are kept.
    package var keepsAverages: Bool { average != nil }

    /// Renews the averages of a piece's weights, in a step that does not update the weights.
    package func renewAverages(piece: Int, on crew: Crew) {
        renew(pieces[piece].average, of: pieces[piece].values, on: crew)
    }

    /// Replaces a piece's weights by their averages.
    package func takeAverages(piece: Int) {
        let piece = pieces[piece]
        guard reach != nil else {
            if let average = piece.average { piece.values.assign(average) }
            return
        }
        // Other weights of the piece may belong to another optimizer.
        for part in piece.parts { if let average = part.average { part.values.assign(average) } }
    }

    private func renew(_ average: Tensor?, of values: Tensor, on crew: Crew) {
        guard let average else { return }
        self.average?.renew(average, of: values, iterations: iterations, on: crew)
    }
}
