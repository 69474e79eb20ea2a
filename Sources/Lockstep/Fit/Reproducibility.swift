import LockstepCluster
import LockstepLayers

/// Under which conditions a training gives the same bits again.
public enum Reproducibility: Equatable, Sendable {
    /// On the same ranks with the same instruction set. On another number of ranks, sums round differently.
    case onSameRanks
    /// On any number of ranks, threads and hosts, and any way to exchange gradients, with the same instruction set.
    ///
    /// Every mini-batch is cut into this number of micro-shards. One rank computes each micro-shard. All sums over
    /// rows, of gradients, batch statistics, loss and metrics, are added in one binary tree over the micro-shards.
    /// Another number of micro-shards gives other bits. If there are more ranks than micro-shards, some have no work.
    /// Ranks share the work evenly if their number divides that of the micro-shards.
    case acrossRanks(microShards: Int)

    func microShards(ranks: Int) -> MicroShards? {
        guard case .acrossRanks(let count) = self else { return nil }
        return MicroShards(count: count, ranks: ranks)
    }
}

extension Model {
    /// A larger number would be a mistake.
    private static var mostMicroShards: Int { 4096 }

    func check(_ reproducibility: Reproducibility) throws {
        guard case .acrossRanks(let count) = reproducibility else { return }
        try require(
            (1...Self.mostMicroShards).contains(count), "microShards", "from 1 to \(Self.mostMicroShards)", count)
    }
}

extension Runtime {
    /// Sets the mode. Training must be prepared afterwards.
    ///
    /// - Throws: `ClusterError.exchange` if the exchange does not support the mode; `TrainingError.argument` if
    ///   accumulated gradients would be lost.
    func reproduce(_ reproducibility: Reproducibility, trains: Bool) throws {
        let microShards = reproducibility.microShards(ranks: communicator.size)
        if trains, let trainer, trainer.microShards != microShards,
            let accumulated = compilation?.optimizer.gradientAccumulationSteps
        {
            let pending = trainer.steps % accumulated
            guard pending == 0 else {
                throw TrainingError.argument(
                    "reproducibility",
                    requirement:
                        "as it was while gradients are being accumulated, \(pending) of \(accumulated) steps now",
                    received: "\(reproducibility)")
            }
        }
        if microShards != nil {
            if communicator.size > 1 { try compilation?.exchange.validateForTree() }
        }
        if microShards != self.microShards { self.microShards = microShards }
    }
}
