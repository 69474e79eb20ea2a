import LockstepCompute

/// Ranks as threads of one process, for tests. They do what MPI does, but throw where MPI would hang or mix memory up.
package enum ThreadCluster {
    /// Runs the body once for each rank, each on a thread of its own, and returns the results in the order of the
    /// ranks.
    ///
    /// - Parameter stallLimit: the seconds a rank may wait for others, before all that wait throw
    ///   `ClusterError.stalled`.
    /// - Throws: the error of the lowest rank whose body threw. `ClusterError.rankLeft` counts only if no rank threw
    ///   another error.
    package static func run<Result>(
        _ ranks: Int, stallLimit: Double = 60, _ body: @escaping @Sendable (any Communicator) throws -> Result
    ) throws -> [Result] {
        let outcomes = outcomes(ranks, stallLimit: stallLimit, body)
        for case .failure(let error) in outcomes {
            if case .rankLeft = error as? ClusterError { continue }
            throw error
        }
        return try outcomes.map { try $0.get() }
    }

    /// Like `run`, but returns what each rank returned or threw.
    package static func outcomes<Result>(
        _ ranks: Int, stallLimit: Double = 60, _ body: @escaping @Sendable (any Communicator) throws -> Result
    ) -> [Swift.Result<Result, any Error>] {
        precondition(ranks > 0, "a cluster needs a rank, received: \(ranks)")
        let rendezvous = Rendezvous(size: ranks, stallLimit: stallLimit)
        let slots = Slots<Swift.Result<Result, any Error>>(count: ranks)
        let threads = (0..<ranks).map { rank in
            startThread {
                slots[rank] = Swift.Result { try body(ThreadCommunicator(rank: rank, rendezvous: rendezvous)) }
                rendezvous.leave(rank)
            }
        }
        for thread in threads { joinThread(thread) }
        return (0..<ranks).map { slots[$0]! }
    }

    /// One place for each thread's result.
    private final class Slots<Value>: @unchecked Sendable {
        private let values: UnsafeMutablePointer<Value?>
        private let count: Int

        init(count: Int) {
            self.count = count
            values = .allocate(capacity: count)
            values.initialize(repeating: nil, count: count)
        }

        deinit {
            values.deinitialize(count: count)
            values.deallocate()
        }

        subscript(index: Int) -> Value? {
            get { values[index] }
            set { values[index] = newValue }
        }
    }
}
