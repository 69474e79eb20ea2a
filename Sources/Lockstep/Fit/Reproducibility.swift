import LockstepCluster
import LockstepLayers

/// Under which circumstances a training comes to the same bits again.
public enum Reproducibility: Equatable, Sendable {
    /// On the same ranks with the same instruction set. On another number of ranks sums are rounded otherwise.
    case onSameRanks
    /// On any number of ranks, threads and hosts, and any way to exchange gradients, with the same instruction set.
    ///
    /// Every mini-batch is cut into so many micro-shards, each of which one rank computes, and all sums over rows, of
    /// gradients, statistics of the batch, loss and metrics, are added in one binary tree over them. Another number of
    /// them gives other bits. More ranks than micro-shards find nothing to do; ranks share the work evenly where their
    /// number divides the micro-shards.
    case acrossRanks(microShards: Int)

    func microShards(ranks: Int) -> MicroShards? {
        guard case .acrossRanks(let count) = self else { return nil }
        return MicroShards(count: count, ranks: ranks)
    }
}

extension Model {
    /// More would be a slip.
    private static var mostMicroShards: Int { 4096 }

    func check(_ reproducibility: Reproducibility) throws {
        guard case .acrossRanks(let count) = reproducibility else { return }
        try require(
            (1...Self.mostMicroShards).contains(count), "microShards", "from 1 to \(Self.mostMicroShards)", count)
    }
}

extension Runtime {
    /// Decides under which circumstances results come again; training must be made ready afterwards.
    ///
    /// - Throws: `ClusterError.exchange` if the exchange cannot;
    ///   `TrainingError.argument` where gradients would be lost that are being accumulated.
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
