import LockstepCompute
import LockstepGraph

/// What belongs at an update to single weights or to all of them, as a table of ranges beside the arena: regularizers,
/// clipping, decay and constraints.
///
/// Keras's order: gradients get the slopes of the penalties, then they are clipped; weights decay, move, and are
/// brought to their constraints. What looks at single elements happens in the pass that moves them. The norm of
/// gradients needs one more meeting of the ranks between the passes, and constraints of norms a pass behind them.
package struct UpdateReach {
    /// Weights that share all that belongs to them.
    struct Run {
        /// Of the arena; with the gaps between weights, whose gradients mean nothing, unless norms are taken.
        fileprivate(set) var range: Range<Int>
        let l1, l2: Float
        let isNonNegative: Bool
        /// The index of the norm by which gradients are clipped.
        let norm: Int
    }

    let runs: [Run]
    /// The largest magnitude of an element of gradients.
    let limit: Float
    /// What the learning rate is multiplied with to decay weights.
    let decay: Double
    /// The norms by which gradients are clipped; nil if they are not.
    package let norms: GradientNorms?
    package let constraints: [NormConstraint]
    /// The ranges of weights that must not be negative.
    package let nonNegative: [Range<Int>]

    /// A constraint of the norms of a weight.
    package struct NormConstraint {
        package let weight: Weight
        package let groups: NormGroups
        package let bounds: NormBounds
    }

    /// Nil for an optimizer and weights to which nothing of this belongs.
    package init?(_ optimizer: any Optimizer, _ arena: Arena) {
        let options = optimizer.options
        let weights = arena.weights.filter(\.isTrainable)
        let takesNorms = options.clipnorm != nil || options.globalClipnorm != nil
        var runs: [Run] = []
        for (index, weight) in weights.enumerated() {
            let start = arena.offset(of: weight)
            let count = takesNorms ? weight.shape.count : FloatBuffer.aligned(weight.shape.count)
            let run = Run(
                range: start..<start + count, l1: Float(weight.regularizer?.l1 ?? 0),
                l2: Float(weight.regularizer?.l2 ?? 0), isNonNegative: weight.constraint == .nonNeg,
                norm: options.clipnorm == nil ? 0 : index)
            if !takesNorms, let last = runs.last, last.isLike(run), last.range.upperBound == start {
                runs[runs.count - 1].range = last.range.lowerBound..<run.range.upperBound
            } else {
                runs.append(run)
            }
        }
        self.runs = runs
        nonNegative = runs.filter(\.isNonNegative).map(\.range)
        limit = options.clipvalue.map { Float($0) } ?? .infinity
        decay = options.weightDecay ?? 0
        norms = (options.clipnorm ?? options.globalClipnorm).map { largest in
            GradientNorms(
                largest, ranges: weights.map { (arena.offset(of: $0), $0.shape.count) }, count: arena.values.count,
                isGlobal: options.clipnorm == nil)
        }
        constraints = weights.compactMap { weight in
            guard let bounds = weight.constraint?.bounds,
                let axes = weight.constraint?.axes?.counted(rank: weight.shape.rank)
            else {
                return nil
            }
            return NormConstraint(weight: weight, groups: NormGroups(weight.shape, axes: axes), bounds: bounds)
        }
        let isPlain = runs.allSatisfy { !$0.hasPenalty && !$0.isNonNegative } && limit == .infinity && decay == 0
        if isPlain, norms == nil, constraints.isEmpty { return nil }
    }
}

extension UpdateReach.Run {
    var hasPenalty: Bool { l1 != 0 || l2 != 0 }

    fileprivate func isLike(_ other: Self) -> Bool {
        l1 == other.l1 && l2 == other.l2 && isNonNegative == other.isNonNegative && norm == other.norm
    }
}

/// Makes negative elements 0.
package func clampToZero(_ x: Tensor, on crew: Crew) { ActivationFunction.relu.apply(x, into: x, on: crew) }
