import LockstepCompute
import LockstepGraph

/// The regularizers, clipping, decay and constraints of an update, as a table of ranges of the arena.
///
/// The order is Keras's: the derivatives of the penalties are added to the gradients, and the gradients are clipped.
/// Then the weights decay, are updated, and are made to meet their constraints. Everything that works on single
/// elements happens in the pass that updates them. Penalties on whole weights are derived before weights move, by every
/// rank alike. Norms of gradients or of weights need another exchange between the ranks, between two passes.
/// Constraints on norms need a further pass after the update.
package struct UpdateReach {
    /// Weights that have all of these in common.
    struct Run {
        /// The range in the arena. It includes the gaps between weights, except if norms are computed: gradients in the
        /// gaps mean nothing. Then it is one weight.
        fileprivate(set) var range: Range<Int>
        /// The factors of the penalty, for one of the steps whose gradients are averaged.
        let l1, l2: Float
        let isNonNegative: Bool
        /// The factor of the learning rate in the decay of the weights; 0 if they do not decay.
        let decay: Double
        /// The index of the norm by which gradients are clipped.
        let norm: Int
        /// The index of the first weight, among those that the optimizer moves.
        let weight: Int
        /// The index of the slope of a penalty on a whole weight.
        let slope: Int?
    }

    let runs: [Run]
    /// The largest magnitude of an element of gradients.
    let limit: Float
    /// The norms by which gradients are clipped; nil if they are not.
    package let norms: GradientNorms?
    /// The ratios of norms that the updates of weights depend on; nil if they do not.
    package let ratios: WeightRatios?
    package let constraints: [NormConstraint]
    /// The ranges of weights that must not be negative.
    package let nonNegative: [Range<Int>]
    let slopes: [PenaltySlope]
    /// The number of steps whose gradients are averaged for an update.
    private let accumulatedSteps: Int
    /// From the first weight that the optimizer moves to the last; nil if it moves all weights.
    private let extent: Range<Int>?

    /// The part of a range in which the optimizer moves weights.
    func extent(in range: Range<Int>) -> Range<Int> {
        guard let extent else { return range }
        // Clamped to one that it does not meet, a range would lie outside itself.
        return extent.overlaps(range) ? range.clamped(to: extent) : range.lowerBound..<range.lowerBound
    }

    /// The slope of a penalty that looks at a whole weight.
    struct PenaltySlope {
        let weight: Weight
        let factor: Double
        let penalty: OrthogonalPenalty
        /// As long as the weight's place in the arena.
        let values: Tensor
    }

    /// Derives the penalties on whole weights, from the weights as they are.
    package func derive(on crew: Crew) {
        for slope in slopes {
            slope.penalty.slope(slope.weight.value, factor: slope.factor, into: slope.values, on: crew)
        }
    }

    /// Adds the derivatives of the penalties to gradients that are being accumulated, as in Keras: weights may differ
    /// between these steps, by their constraints or because averages replace them. `derive` has been called.
    ///
    /// - Parameters:
    ///   - gradients: those of the range.
    ///   - values: the values in the range.
    ///   - range: a part of the arena.
    ///   - scale: the factor that the gradients will be divided by.
    package func accumulate(
        _ gradients: Tensor, of values: Tensor, in range: Range<Int>, scale: Float, on crew: Crew
    ) {
        let factor = scale * Float(accumulatedSteps)
        for run in runs where run.hasPenalty {
            let common = run.range.clamped(to: range)
            guard !common.isEmpty else { continue }
            func part(_ whole: Tensor, from start: Int) -> Tensor {
                whole.part(at: common.lowerBound - start, shape: [common.count])
            }
            let sums = part(gradients, from: range.lowerBound)
            GradientTerms(scale: 1, l1: run.l1 * factor, l2: run.l2 * factor).apply(
                to: sums, of: part(values, from: range.lowerBound), on: crew)
            guard let slope = run.slope.map({ part(slopes[$0].values, from: run.range.lowerBound) }) else { continue }
            LockstepCompute.scale(slope, by: factor, into: slope, on: crew)
            add(sums, slope, into: sums, on: crew)
        }
    }

    /// A constraint on the norms of a weight.
    package struct NormConstraint {
        package let weight: Weight
        package let groups: NormGroups
        package let bounds: NormBounds
    }

    /// Nil if the optimizer moves all weights, and neither it nor they have any of these.
    ///
    /// - Parameter moved: the weights that the optimizer moves; nil: all.
    package init?(_ optimizer: any Optimizer, _ arena: Arena, moving moved: [Weight]? = nil) {
        let options = optimizer.options
        let chosen = moved.map { Set($0.map(ObjectIdentifier.init)) }
        let weights = arena.weights.filter { $0.isTrainable && (chosen?.contains(ObjectIdentifier($0)) ?? true) }
        accumulatedSteps = options.gradientAccumulationSteps ?? 1
        let share = 1 / Double(accumulatedSteps)
        let takesNorms = options.clipnorm != nil || options.globalClipnorm != nil || optimizer.scope == .norms
        let excluded = options.excludedFromWeightDecay.compactMap { try? Regex($0) }
        var (runs, slopes): ([Run], [PenaltySlope]) = ([], [])
        for (index, weight) in weights.enumerated() {
            let start = arena.offset(of: weight)
            let count = takesNorms ? weight.shape.count : FloatBuffer.aligned(weight.shape.count)
            var slope: Int?
            if let regularizer = weight.regularizer, let penalty = OrthogonalPenalty(regularizer, of: weight.shape) {
                slope = slopes.count
                slopes.append(
                    PenaltySlope(
                        weight: weight, factor: regularizer.factor * share, penalty: penalty,
                        values: .zeros([FloatBuffer.aligned(weight.shape.count)])))
            }
            let run = Run(
                range: start..<start + count, l1: Float((weight.regularizer?.l1 ?? 0) * share),
                l2: Float((weight.regularizer?.l2 ?? 0) * share), isNonNegative: weight.constraint == .nonNeg,
                decay: excluded.contains { weight.name.contains($0) } ? 0 : optimizer.weightDecay(of: weight),
                norm: options.clipnorm == nil ? 0 : index, weight: index, slope: slope)
            if !takesNorms, let last = runs.last, last.isLike(run), last.range.upperBound == start {
                runs[runs.count - 1].range = last.range.lowerBound..<run.range.upperBound
            } else {
                runs.append(run)
            }
        }
        self.runs = runs
        extent = moved.map { _ in (runs.first?.range.lowerBound ?? 0)..<(runs.last?.range.upperBound ?? 0) }
        self.slopes = slopes
        nonNegative = runs.filter(\.isNonNegative).map(\.range)
        limit = options.clipvalue.map { Float($0) } ?? .infinity
        let ranges = weights.map { (start: arena.offset(of: $0), count: $0.shape.count) }
        norms = (options.clipnorm ?? options.globalClipnorm).map { largest in
            GradientNorms(
                largest, ranges: ranges, count: arena.values.count, isGlobal: options.clipnorm == nil)
        }
        ratios =
            optimizer.scope == .norms
            ? WeightRatios(optimizer, ranges: ranges, decays: runs.map(\.decay), count: arena.values.count) : nil
        constraints = weights.compactMap { weight in
            guard let bounds = weight.constraint?.bounds,
                let axes = weight.constraint?.axes?.counted(rank: weight.shape.rank)
            else {
                return nil
            }
            return NormConstraint(weight: weight, groups: NormGroups(weight.shape, axes: axes), bounds: bounds)
        }
        let isPlain =
            runs.allSatisfy { !$0.hasPenalty && !$0.isNonNegative && $0.decay == 0 } && limit == .infinity
        if moved == nil, isPlain, norms == nil, ratios == nil, constraints.isEmpty { return nil }
    }
}

extension UpdateReach.Run {
    var hasPenalty: Bool { l1 != 0 || l2 != 0 || slope != nil }

    fileprivate func isLike(_ other: Self) -> Bool {
        l1 == other.l1 && l2 == other.l2 && isNonNegative == other.isNonNegative
            && decay == other.decay && norm == other.norm
            && slope == nil && other.slope == nil
    }
}

/// Sets negative elements to 0.
package func clampToZero(_ x: Tensor, on crew: Crew) { ActivationFunction.relu.apply(x, into: x, on: crew) }
