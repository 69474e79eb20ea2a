import LockstepCompute

/// The sum of the mean gradients of some steps, on this rank: Keras's `gradient_accumulation_steps`.
final class GradientAccumulation {
    /// How many steps lead to an update.
    let steps: Int
    /// The parts of the arena, one for each layer, in ascending order.
    let parts: [Part]
    private let gradients: Tensor
    let kept: Tensor

    struct Part {
        let start: Int
        let gradients, kept: Tensor
    }

    /// - Parameter starts: where the layers' weights begin.
    init(steps: Int, gradients: Tensor, starts: [Int]) {
        self.steps = steps
        self.gradients = gradients
        let kept = Tensor.zeros([gradients.count])
        self.kept = kept
        let starts = Set(starts + [0]).sorted()
        parts = zip(starts, starts.dropFirst() + [gradients.count]).map { start, end in
            let shape: Shape = [end - start]
            return Part(
                start: start, gradients: gradients.part(at: start, shape: shape),
                kept: kept.part(at: start, shape: shape))
        }
    }

    /// Keeps a step's gradients for the update, times a factor.
    func keep(_ factor: Float, isFirst: Bool, on crew: Crew) {
        scale(gradients, by: factor, into: isFirst ? kept : gradients, on: crew)
        if !isFirst { LockstepCompute.add(kept, gradients, into: kept, on: crew) }
    }

    /// Multiplies the gradients from an offset on by a factor, and adds the kept gradients.
    ///
    /// - Parameter end: the part at which the last call began. This call ends there.
    func add(_ factor: Float, from offset: Int, before end: inout Int, on crew: Crew) {
        while end > 0, parts[end - 1].start >= offset {
            end -= 1
            scale(parts[end].gradients, by: factor, into: parts[end].gradients, on: crew)
            LockstepCompute.add(parts[end].gradients, parts[end].kept, into: parts[end].gradients, on: crew)
        }
    }
}

/// The sum of the mean gradients of some steps, over all ranks. Neither sums within a step nor sums over steps depend
/// on the ranks then. It costs an exchange in every step.
final class SumAccumulation {
    /// How many steps lead to an update.
    let steps: Int
    private let pieces: [(gradients: Tensor, kept: Tensor)]
    /// The kept gradients of each piece.
    var kept: [Tensor] { pieces.map(\.kept) }
    func kept(piece: Int) -> Tensor { pieces[piece].kept }

    /// - Parameter pieces: the places of the ranks' sums for the pieces that this rank updates.
    init(steps: Int, pieces: [Tensor]) {
        self.steps = steps
        self.pieces = pieces.map { ($0, Tensor.zeros($0.shape)) }
    }

    /// Adds a step's gradients of a piece, times a factor, to the kept ones. After the last step the sum replaces the
    /// gradients.
    func keep(piece: Int, factor: Float, isFirst: Bool, isLast: Bool, on crew: Crew) {
        let (gradients, kept) = pieces[piece]
        scale(gradients, by: factor, into: isFirst ? kept : gradients, on: crew)
        if !isFirst { LockstepCompute.add(kept, gradients, into: isLast ? gradients : kept, on: crew) }
    }
}
