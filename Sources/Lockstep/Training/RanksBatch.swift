import LockstepCluster
import LockstepCompute
import LockstepLayers

/// The batch that the ranks share, for layers with statistics of all its rows.
final class RanksBatch: GlobalBatch {
    private let communicator: any Communicator
    /// Layers cannot throw, so it waits for the end of the pass.
    private var failure: (any Error)?

    init(_ communicator: any Communicator) { self.communicator = communicator }

    func sum(_ tensor: Tensor) {
        guard failure == nil else { return }
        do { try communicator.allReduceSum(tensor) } catch { failure = error }
    }

    /// Throws what went wrong in a sum since the last check.
    func check() throws {
        defer { failure = nil }
        if let failure { throw failure }
    }
}
