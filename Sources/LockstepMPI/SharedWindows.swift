#if MPI
    import CMPIShim
    import LockstepCluster
    import LockstepCompute

    /// The memory that this rank shares with the other ranks of its node, in MPI-3 windows.
    ///
    /// Freeing a window is collective, but each rank releases a model at its own time. So a window is freed when the
    /// ranks next ask for memory together, if all have released it by then.
    final class SharedWindows {
        /// In the same order on all ranks, because they are made together.
        private var windows: [Window] = []
        private let activity: Activity

        init(_ activity: Activity) { self.activity = activity }

        /// One window. The buffers in it keep its lease alive.
        private final class Window {
            let window: OpaquePointer
            weak var lease: Lease?

            init(_ window: OpaquePointer, _ lease: Lease) {
                self.window = window
                self.lease = lease
            }
        }

        private final class Lease {}

        /// Collective: memory for the node's ranks, filled with zeros.
        func allocate(_ mpi: OpaquePointer, limit: Int?, count: Int, turn: Turn) throws(ClusterError) -> FloatBuffer {
            var window: OpaquePointer?
            var memory: UnsafeMutableRawPointer?
            let bytes = count * MemoryLayout<Float>.stride
            activity.begin(.share, bytes)
            defer { activity.end() }
            try check(
                turn.take { ls_mpi_share(mpi, Int32(limit ?? 0), bytes, &window, &memory) },
                "MPI_Win_allocate_shared of \(bytes) bytes")
            guard let window, let memory else { throw .mpi(call: "MPI_Win_allocate_shared", message: "no memory") }
            let lease = Lease()
            windows.append(Window(window, lease))
            return FloatBuffer(memory.assumingMemoryBound(to: Float.self), count: count, keptBy: lease)
        }

        /// Collective: frees the windows that all ranks have released.
        func freeReleased(by communicator: any Communicator, turn: Turn) throws(ClusterError) {
            var released = windows.map { $0.lease == nil ? 1.0 : 0 }
            try communicator.allReduceSum(&released)
            let isFree = released.map { $0 == Double(communicator.size) }
            for (window, isFree) in zip(windows, isFree) where isFree {
                activity.begin(.share, 0)
                defer { activity.end() }
                try check(turn.take { ls_mpi_window_free(window.window) }, "MPI_Win_free")
            }
            windows = zip(windows, isFree).filter { !$0.1 }.map(\.0)
        }

        /// Whether the system has room for `bytes` bytes of shared memory. A process that uses more than there is gets
        /// a bus error.
        static func hasRoom(for bytes: Int) -> Bool {
            let margin = 1 << 20
            return freeSharedMemory().map { $0 > bytes + margin } ?? true
        }
    }
#endif
