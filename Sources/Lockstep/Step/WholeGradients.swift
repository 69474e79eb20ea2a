import LockstepCluster
import LockstepCompute
import LockstepGraph

/// The summed gradients of whole weights, for an optimizer that sees weights whole.
///
/// The pieces of an exchange may end within a weight. So the ranks exchange the sums in their pieces too. Of the ranks
/// that see the same weights, one updates each weight.
final class WholeGradients {
    /// The weights that this rank updates.
    let weights: [Weight]
    /// The range of each of these in the arena, with its gradient.
    let pieces: [(range: Range<Int>, gradients: Tensor)]
    /// The gradients from the first weight that the optimizer moves to the last.
    private let sums: Tensor
    /// The sums in this rank's pieces of the exchange, and their places. None if another rank has the same.
    private let own: [(place: Tensor, sums: Tensor)]
    private let areEverywhere: Bool

    /// The elements of the summed gradients.
    var count: Int { sums.count }

    /// - Parameter moved: the weights that the optimizer moves; nil: all.
    init(of moved: [Weight]?, in arena: Arena, _ exchange: any GradientExchange) {
        let chosen = moved.map { Set($0.map(ObjectIdentifier.init)) }
        let moved = arena.weights.filter { $0.isTrainable && (chosen?.contains(ObjectIdentifier($0)) ?? true) }
        let start = moved.first.map(arena.offset) ?? 0
        let end = moved.last.map { arena.offset(of: $0) + FloatBuffer.aligned($0.shape.count) } ?? start
        let sums = Tensor.zeros([end - start])
        self.sums = sums
        // Without shared memory, every rank has the sums of all gradients.
        areEverywhere = exchange.memory == nil
        let pieces = exchange.isFirstHolder || areEverywhere ? exchange.pieces : []
        own = pieces.compactMap { piece in
            let common = piece.range.clamped(to: start..<end)
            guard !common.isEmpty else { return nil }
            let shape: Shape = [common.count]
            return (
                sums.part(at: common.lowerBound - start, shape: shape),
                piece.gradients.part(at: common.lowerBound - piece.range.lowerBound, shape: shape)
            )
        }
        weights = Self.deal(moved, share: exchange.share)
        self.pieces = weights.map { weight in
            let place = arena.offset(of: weight)
            return (
                place..<place + weight.shape.count, sums.part(at: place - start, shape: [weight.shape.count])
            )
        }
    }

    /// One part of the weights. Large weights are dealt first, each to the part that has the fewest elements.
    private static func deal(_ weights: [Weight], share: (part: Int, parts: Int)) -> [Weight] {
        var (own, loads): ([Weight], [Int]) = ([], Array(repeating: 0, count: share.parts))
        for weight in weights.sorted(by: { $0.shape.count > $1.shape.count }) {
            let part = loads.indices.min { loads[$0] < loads[$1] } ?? 0
            loads[part] += weight.shape.count
            if part == share.part { own.append(weight) }
        }
        return own
    }

    /// Collective: collects the sums of a step, after the exchange has finished.
    func collect(over communicator: any Communicator, on crew: Crew) throws {
        // Added to zeros everywhere, so that no rank has a −0 where another one has 0.
        sums.fill(0)
        for (place, sums) in own { add(place, sums, into: place, on: crew) }
        if !areEverywhere { try communicator.allReduceSum(sums) }
    }
}
