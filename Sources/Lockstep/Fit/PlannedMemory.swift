import LockstepCluster
import LockstepCompute
import LockstepGraph

/// A turn of the steps whose global batch has some rows.
struct BatchTurn: Hashable {
    let batch, turn: Int
}

extension Runtime {
    /// Collective: chooses what backward computes again, so that a training keeps a limit on every rank.
    ///
    /// - Parameters:
    ///   - network: trains on the batches of the feed.
    ///   - validation: what the epochs end with.
    /// - Throws: `TrainingError.memoryLimit` on all ranks.
    func keep(_ limit: MemoryLimit, _ network: Network, _ feed: Feed, validation: (network: Network, feed: Feed)?)
        throws
    {
        guard let trainer else { throw TrainingError.notCompiled(call: "fit") }
        let size = MemoryLayout<Float>.stride
        var writer = WireWriter()
        writer.write(trainer.elements)
        // The ranks hold parts of the optimizer's state that differ in size. All choose for the largest.
        let others =
            try communicator.shareAll(writer.bytes).map { bytes in
                var reader = WireReader(bytes)
                return try reader.readInt()
            }.max() ?? 0
        let room = limit.bytes / size - others
        let turns = trainer.turns.indices.flatMap { turn in batches(of: feed).map { BatchTurn(batch: $0, turn: turn) } }
        let training = turns.map { ($0, network.choice(.training(turn: $0.turn), for: partitions(of: $0.batch))) }
        let scoring =
            validation.map { network, feed in
                batches(of: feed).map { network.choice(.evaluation, for: partitions(of: $0)) }
            } ?? []
        let choices = training.map(\.1) + scoring
        let found = choices.map { $0.cheapest(within: room) }
        guard found.allSatisfy({ $0 != nil }) else {
            let smallest = choices.map(\.smallestSize).max() ?? 0
            throw TrainingError.memoryLimit(received: limit.bytes, smallest: (others + smallest) * size)
        }
        recomputations = Dictionary(
            uniqueKeysWithValues: zip(training, found).map { ($0.0, $1?.recomputation ?? .none) })
        let needed = found.map { $0?.size ?? 0 }.max() ?? 0
        guard !(needed...max(needed, room)).contains(context.workspaceSize) else { return }
        for computation in computations { computation.forgetPlans() }
        context.resizeWorkspace(to: needed)
    }

    /// The rows of a feed's batches: of all but the last, and of the last.
    private func batches(of feed: Feed) -> [Int] {
        guard feed.plan.steps > 0 else { return [] }
        return Set([feed.plan.batch(0).count, feed.plan.batch(feed.plan.steps - 1).count]).sorted()
    }

    private func partitions(of batch: Int) -> [RowPartition] {
        (0..<communicator.size).map { partition(of: batch, rank: $0) }
    }
}

extension Trainer {
    /// The elements of the weights and their gradients, of the state, and of what the optimizers of this rank hold.
    var elements: Int {
        let weights = arena.values.count + arena.gradientParts.reduce(0) { $0 + $1.count } + 2 * arena.state.count
        let held = states.reduce(0) { $0 + $1.held.reduce(0) { $0 + $1.count } }
        let sums = parts.reduce(0) { $0 + ($1.whole?.count ?? 0) }
        return weights + held + sums + accumulatedElements
    }
}

extension Model {
    /// The bytes of the weights and their gradients, of the state, of what the optimizer of this rank holds, and of the
    /// memory in which the batches so far were computed; nil before the model has trained.
    package var plannedMemory: Int? {
        guard let runtime = existingRuntime, let trainer = runtime.trainer else { return nil }
        return (trainer.elements + runtime.context.workspaceSize) * MemoryLayout<Float>.stride
    }
}
