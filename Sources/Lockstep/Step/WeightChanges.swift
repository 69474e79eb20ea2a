import LockstepCluster
import LockstepCompute
import LockstepLayers

/// Changes of weights apart from their updates: by averages and by constraints.
extension Trainer {
    /// Collective: waits for the ranks that see the same weights.
    func meet() throws { if exchange.memory != nil { try communicator.barrier() } }

    private var keepsAverages: Bool { states.contains(where: \.keepsAverages) }

    /// Collective: renews the averages of the weights in a step that only accumulates gradients.
    func renewAverages() throws {
        guard keepsAverages else { return }
        try change { $0.renewAverages(piece: $1, on: $2) }
    }

    /// Collective: replaces the weights by their averages, if averages are kept: Keras's `finalize_variable_values`.
    func takeAverages() throws {
        guard keepsAverages, steps > 0 else { return }
        arena.resume()
        // A rank that is late may still read the weights.
        try communicator.barrier()
        try change { state, piece, _ in state.takeAverages(piece: piece) }
    }

    /// Collective: changes the weights of all optimizers apart from their updates.
    private func change(_ body: @escaping (_ state: OptimizerState, _ piece: Int, _ crew: Crew) -> Void) throws {
        let slices = parts.filter { $0.whole == nil }.map(\.state)
        if !slices.isEmpty {
            try exchange.move(by: PieceChange { piece, crew in for state in slices { body(state, piece, crew) } })
        }
        for part in parts {
            for piece in part.whole?.pieces.indices ?? 0..<0 { body(part.state, piece, crew) }
        }
        if slices.count < parts.count { try meet() }
    }

    /// Collective: makes weights fulfil their constraints. Keras does so in every step, even in one that only
    /// accumulates gradients.
    ///
    /// - Parameter hasMoved: whether this step has updated the weights. Constraints of single elements were applied
    ///   then.
    func constrain(hasMoved: Bool) throws {
        let share = exchange.share
        var hasConstrained = false
        for part in turnParts[turn] {
            guard let reach = part.reach, !reach.constraints.isEmpty || !hasMoved && !reach.nonNegative.isEmpty else {
                continue
            }
            hasConstrained = true
            for constraint in reach.constraints {
                let groups = cut(0..<constraint.groups.count, into: share.parts, part: share.part)
                constraint.groups.bound(constraint.weight.value, groups: groups, to: constraint.bounds, on: crew)
            }
            for range in hasMoved ? [] : reach.nonNegative {
                let range = cut(range, into: share.parts, part: share.part)
                clampToZero(arena.values.part(at: range.lowerBound, shape: [range.count]), on: crew)
            }
        }
        if hasConstrained { try meet() }
    }
}
