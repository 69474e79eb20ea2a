#if MPI
    import CMPIShim
    import LockstepCluster
    import LockstepCompute

    #if canImport(Glibc)
        import Glibc
    #else
        import Darwin
    #endif

    /// The ranks of an `mpirun`. Two threads take turns to call MPI: the one that computes, and the one that keeps
    /// messages moving meanwhile.
    final class MPICommunicator: Communicator, @unchecked Sendable {
        let rank: Int
        let size: Int
        let host: String
        let library: String?
        let activity = Activity()
        private let mpi: OpaquePointer
        private let turn = Turn()
        private let windows: SharedWindows
        private let watchdog: Watchdog?

        /// Initializes MPI; a process can do that once.
        ///
        /// - Parameter number: this process's rank, as the launcher says; nil if the launcher does not say it, or if
        ///   there is only one rank.
        init(number: Int?) throws(ClusterError) {
            let limit = try StallLimit.given()
            watchdog = number.map { [activity] in Watchdog(rank: $0, host: hostName(), limit: limit, activity: activity)
            }
            windows = SharedWindows(activity)
            var mpi: OpaquePointer?
            activity.begin(.start, 0)
            let code = ls_mpi_initialize(&mpi) { status, isFinalized in
                Watchdog.exit(status: status, isFinalized: isFinalized)
            }
            activity.end()
            try check(code, "MPI_Init_thread")
            guard let mpi else { throw .mpi(call: "MPI_Init_thread", message: "no communicator") }
            self.mpi = mpi
            rank = Int(ls_mpi_rank(mpi))
            size = Int(ls_mpi_size(mpi))
            host = text(capacity: 256, ls_mpi_host)
            library = Self.shortVersion(text(capacity: 512, ls_mpi_library))
            if let watchdog { try begin(watchdog) }
        }

        /// Collective: rank 0 tells the others where their watchdogs find its own.
        private func begin(_ watchdog: Watchdog) throws(ClusterError) {
            let watcher = rank == 0 ? Watcher(watchdog, size: size) : nil
            if rank == 0, watcher == nil { throw .mpi(call: "socket", message: "nobody can connect to \(host)") }
            var writer = WireWriter()
            (watcher?.meeting ?? Meeting(host: host, port: 0)).write(to: &writer)
            var message = writer.bytes + [UInt8](repeating: 0, count: Meeting.size - writer.bytes.count)
            try broadcast(&message, from: 0)
            var reader = WireReader(message)
            let meeting = try Meeting(from: &reader)
            if rank > 0 {
                watchdog.begin(Watched(watchdog, meeting: meeting))
            } else if let watcher {
                watchdog.begin(watcher)
            }
        }

        /// Marks a call of MPI in which this rank waits for others.
        private func collective(_ call: Activity.Call, _ count: Int, _ body: () -> Int32) -> Int32 {
            activity.begin(call, count)
            defer { activity.end() }
            return turn.take(body)
        }

        /// `"Open MPI v4.1.4, package: Debian …"` as `"Open MPI 4.1.4"`.
        private static func shortVersion(_ version: String) -> String {
            String(version.prefix { $0 != "," && $0 != "\n" }.filter { $0 != "v" })
        }

        func barrier() throws(ClusterError) {
            try check(collective(.barrier, 0) { ls_mpi_barrier(mpi) }, "MPI_Barrier")
        }

        func broadcast(_ tensor: Tensor, from root: Int) throws(ClusterError) {
            let bytes = tensor.count * MemoryLayout<Float>.stride
            let code = collective(.broadcast, bytes) { ls_mpi_broadcast(mpi, tensor.pointer, bytes, Int32(root)) }
            try check(code, "MPI_Bcast of \(tensor.count) floats")
        }

        func broadcast(_ bytes: inout [UInt8], from root: Int) throws(ClusterError) {
            let code = bytes.withUnsafeMutableBytes { bytes in
                collective(.broadcast, bytes.count) {
                    ls_mpi_broadcast(mpi, bytes.baseAddress, bytes.count, Int32(root))
                }
            }
            try check(code, "MPI_Bcast of \(bytes.count) bytes")
        }

        func allReduceSum(_ tensor: Tensor) throws(ClusterError) {
            let code = collective(.sum, tensor.count) { ls_mpi_sum_floats(mpi, tensor.pointer, tensor.count) }
            try check(code, "MPI_Allreduce of floats")
        }

        func allReduceSum(_ values: inout [Double]) throws(ClusterError) {
            let code = values.withUnsafeMutableBufferPointer { values in
                values.baseAddress.map { pointer in
                    collective(.sum, values.count) { ls_mpi_sum_doubles(mpi, pointer, values.count) }
                } ?? 0
            }
            try check(code, "MPI_Allreduce of doubles")
        }

        func allGather(_ part: Tensor, counts: [Int], into whole: Tensor) throws(ClusterError) {
            precondition(counts.count == size && counts[rank] == part.count, "counts \(counts) for \(part.shape)")
            precondition(whole.count == counts.reduce(0, +), "counts \(counts) into \(whole.shape)")
            let bytes = counts.map { $0 * MemoryLayout<Float>.stride }
            let code = collective(.gather, whole.count * MemoryLayout<Float>.stride) {
                ls_mpi_gather(mpi, part.pointer, bytes, whole.pointer)
            }
            try check(code, "MPI_Allgatherv of \(whole.count) floats")
        }

        func allGather(_ part: [UInt8], counts: [Int]) throws(ClusterError) -> [UInt8] {
            precondition(counts.count == size && counts[rank] == part.count, "counts \(counts) for \(part.count) bytes")
            var whole = [UInt8](repeating: 0, count: max(counts.reduce(0, +), 1))
            let code = collective(.gather, whole.count) { ls_mpi_gather(mpi, part, counts, &whole) }
            try check(code, "MPI_Allgatherv of \(whole.count) bytes")
            return whole
        }

        func send(_ tensor: Tensor, to rank: Int, tag: Int) throws(ClusterError) -> any Transfer {
            var transfer: OpaquePointer?
            let code = turn.take { ls_mpi_send(mpi, tensor.pointer, tensor.count, Int32(rank), Int32(tag), &transfer) }
            try check(code, "MPI_Isend to rank \(rank)")
            return MPITransfer(transfer, tensor, turn: turn, activity: activity, call: .send, peer: rank)
        }

        func receive(into tensor: Tensor, from rank: Int, tag: Int) throws(ClusterError) -> any Transfer {
            var transfer: OpaquePointer?
            let code = turn.take {
                ls_mpi_receive(mpi, tensor.pointer, tensor.count, Int32(rank), Int32(tag), &transfer)
            }
            try check(code, "MPI_Irecv from rank \(rank)")
            return MPITransfer(transfer, tensor, turn: turn, activity: activity, call: .receive, peer: rank)
        }

        func nodeMap(limit: Int?) throws(ClusterError) -> NodeMap {
            var leader: Int32 = 0
            try check(
                collective(.share, 0) { ls_mpi_node_leader(mpi, Int32(limit ?? 0), &leader) }, "MPI_Comm_split_type")
            var leaders = [Double](repeating: 0, count: size)
            leaders[rank] = Double(leader)
            try allReduceSum(&leaders)
            return NodeMap(leaders: leaders.map { Int($0) }, rank: rank)
        }

        func share(count: Int, limit: Int?) throws(ClusterError) -> FloatBuffer? {
            let map = try nodeMap(limit: limit)
            guard map.members.contains(where: { $0.count > 1 }) else { return FloatBuffer(count: count) }
            let neighbours = map.neighbours
            try windows.freeReleased(by: self, turn: turn)
            let bytes = count * MemoryLayout<Float>.stride
            var lacking = [
                neighbours.count > 1 && neighbours[0] == rank && !SharedWindows.hasRoom(for: bytes) ? 1.0 : 0
            ]
            try allReduceSum(&lacking)
            guard lacking[0] == 0 else { return nil }
            return try windows.allocate(mpi, limit: limit, count: count, turn: turn)
        }

        /// Nothing to check: mpirun ends the job when a rank ends early, and the watchdog when a rank does not come.
        func checkRanks(waitingIn call: String) {}

        func end(status: Int32) -> Never {
            ls_mpi_leave()
            exit(status)
        }

        func abort() -> Never {
            watchdog?.abort()
            // Without a turn: another thread may be waiting inside MPI for a rank that will not come.
            ls_mpi_abort(mpi, 1)
            exit(1)
        }
    }

    /// Throws the error that a code of MPI stands for. No other function does.
    func check(_ code: Int32, _ call: @autoclosure () -> String) throws(ClusterError) {
        guard code != 0 else { return }
        throw .mpi(call: call(), message: text(capacity: 512) { ls_mpi_error_text(code, $0, $1) })
    }

    private func text(capacity: Int, _ write: (UnsafeMutablePointer<CChar>, Int) -> Void) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { buffer in
            buffer.initialize(repeating: 0)
            write(buffer.baseAddress!, capacity)
            return String(cString: buffer.baseAddress!)
        }
    }
#endif
