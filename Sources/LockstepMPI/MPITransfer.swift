#if MPI
    import CMPIShim
    import LockstepCluster
    import LockstepCompute

    #if canImport(Glibc)
        import Glibc
    #else
        import Darwin
    #endif

    /// Lets threads take turns, because MPI is initialized for one thread at a time.
    final class Turn: @unchecked Sendable {
        private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

        init() { pthread_mutex_init(mutex, nil) }

        deinit {
            pthread_mutex_destroy(mutex)
            mutex.deallocate()
        }

        func take<Result>(_ body: () -> Result) -> Result {
            pthread_mutex_lock(mutex)
            defer { pthread_mutex_unlock(mutex) }
            return body()
        }
    }

    /// A message on its way. It keeps the tensor alive until the message is sent or received.
    final class MPITransfer: Transfer {
        private var transfer: OpaquePointer?
        private var tensor: Tensor?
        private let turn: Turn
        private let activity: Activity
        private let call: Activity.Call
        private let peer: Int

        init(
            _ transfer: OpaquePointer?, _ tensor: Tensor, turn: Turn, activity: Activity, call: Activity.Call, peer: Int
        ) {
            self.transfer = transfer
            self.tensor = tensor
            self.turn = turn
            self.activity = activity
            self.call = call
            self.peer = peer
        }

        func isDone() throws(ClusterError) -> Bool {
            guard let transfer else { return true }
            var isDone: Int32 = 0
            let code = turn.take { ls_mpi_test(transfer, &isDone) }
            if code != 0 || isDone != 0 { complete() }
            try check(code, name)
            return isDone != 0
        }

        func wait() throws(ClusterError) {
            guard let transfer else { return }
            activity.begin(call, peer)
            defer {
                activity.end()
                complete()
            }
            try check(turn.take { ls_mpi_wait(transfer) }, name)
        }

        private var name: String { call == .send ? "MPI_Isend to rank \(peer)" : "MPI_Irecv from rank \(peer)" }

        private func complete() {
            transfer = nil
            tensor = nil
        }
    }
#endif
