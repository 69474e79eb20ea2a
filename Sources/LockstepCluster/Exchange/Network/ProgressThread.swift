import LockstepCompute

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A thread that advances the reductions over the nodes from time to time, while the rank computes.
///
/// MPI moves messages only while a thread calls it. This thread sleeps between its looks: with a rank on every core,
/// each look takes time from the computing threads. A rank that waits calls `progress` itself and needs no thread.
final class ProgressThread: Sendable {
    private let state: State

    /// - Parameter naps: seconds between looks, from the shortest to the longest. Each nap is twice the one before,
    ///   until a look has moved something; then the next nap is the shortest.
    init(naps: ClosedRange<Double>) { state = State(naps: naps) }

    /// Begins a reduction.
    func start(_ reduction: SegmentReduction) throws(ClusterError) {
        try state.begin(reduction) { r throws(ClusterError) in try r.start() }
    }

    func startGather(_ reduction: SegmentReduction) throws(ClusterError) {
        try state.begin(reduction) { r throws(ClusterError) in try r.startGather() }
    }

    /// Advances what can be advanced; returns whether anything was. Throws an error that happened here or on the
    /// thread.
    @discardableResult
    func progress() throws(ClusterError) -> Bool { try state.progress() }

    /// How far a reduction is.
    func isSummed(_ reduction: SegmentReduction) throws(ClusterError) -> Bool { try state.look { reduction.isSummed } }
    func isComplete(_ reduction: SegmentReduction) throws(ClusterError) -> Bool {
        try state.look { reduction.isComplete }
    }

    deinit { state.stop() }

    private final class State: @unchecked Sendable {
        private let naps: ClosedRange<Double>
        private let condition = Condition()
        private var active: [SegmentReduction] = []
        private var failure: ClusterError?
        private var isStarted = false
        private var isStopped = false

        init(naps: ClosedRange<Double>) { self.naps = naps }

        func begin(_ reduction: SegmentReduction, _ body: (SegmentReduction) throws(ClusterError) -> Void)
            throws(ClusterError)
        {
            try condition.locked { () throws(ClusterError) in
                try body(reduction)
                active.append(reduction)
                if !isStarted {
                    isStarted = true
                    startThread { self.run() }
                }
                condition.wakeAll()
            }
        }

        func progress() throws(ClusterError) -> Bool {
            try condition.locked { () throws(ClusterError) in
                if let failure { throw failure }
                return try advance()
            }
        }

        func look(_ body: () -> Bool) throws(ClusterError) -> Bool {
            try condition.locked { () throws(ClusterError) in body() }
        }

        func stop() {
            try? condition.locked { () throws(ClusterError) in
                isStopped = true
                condition.wakeAll()
            }
        }

        private func advance() throws(ClusterError) -> Bool {
            var moved = false
            for reduction in active { while try reduction.advance() { moved = true } }
            active.removeAll { $0.rests }
            return moved
        }

        private func run() {
            var nap = naps.lowerBound
            while true {
                let goesOn = try? condition.locked { () throws(ClusterError) in
                    while active.isEmpty, !isStopped { condition.wait() }
                    if isStopped { return false }
                    do throws(ClusterError) {
                        nap = try advance() ? naps.lowerBound : min(2 * nap, naps.upperBound)
                    } catch {
                        failure = error
                        active = []
                    }
                    return true
                }
                guard goesOn == true else { return }
                usleep(UInt32(nap * 1e6))
            }
        }
    }
}
