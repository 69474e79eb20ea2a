#if MPI
    import CMPIShim
    import LockstepCluster
    import LockstepCompute

    #if canImport(Glibc)
        import Glibc
    #else
        import Darwin
    #endif

    /// The ranks of an `mpirun`. Threads take turns at MPI: the one that computes, and the one that keeps messages moving meanwhile.
    final class MPICommunicator: Communicator, @unchecked Sendable {
        let rank: Int
        let size: Int
        let host: String
        let library: String?
        private let mpi: OpaquePointer
        private let turn = Turn()
        private let windows = SharedWindows()

        /// Initializes MPI; a process can do that once.
        init() throws(ClusterError) {
            var mpi: OpaquePointer?
            try check(ls_mpi_initialize(&mpi), "MPI_Init_thread")
            guard let mpi else { throw .mpi(call: "MPI_Init_thread", message: "no communicator") }
            self.mpi = mpi
            rank = Int(ls_mpi_rank(mpi))
            size = Int(ls_mpi_size(mpi))
            host = text(capacity: 256, ls_mpi_host)
            library = Self.shortVersion(text(capacity: 512, ls_mpi_library))
        }

        /// `"Open MPI v4.1.4, package: Debian …"` as `"Open MPI 4.1.4"`.
        private static func shortVersion(_ version: String) -> String {
            String(version.prefix { $0 != "," && $0 != "\n" }.filter { $0 != "v" })
        }

        func barrier() throws(ClusterError) { try check(turn.take { ls_mpi_barrier(mpi) }, "MPI_Barrier") }

        func broadcast(_ tensor: Tensor, from root: Int) throws(ClusterError) {
            let bytes = tensor.count * MemoryLayout<Float>.stride
            try check(turn.take { ls_mpi_broadcast(mpi, tensor.pointer, bytes, Int32(root)) }, "MPI_Bcast of \(tensor.count) floats")
        }

        func broadcast(_ bytes: inout [UInt8], from root: Int) throws(ClusterError) {
            let code = bytes.withUnsafeMutableBytes { bytes in
                turn.take { ls_mpi_broadcast(mpi, bytes.baseAddress, bytes.count, Int32(root)) }
            }
            try check(code, "MPI_Bcast of \(bytes.count) bytes")
        }

        func allReduceSum(_ tensor: Tensor) throws(ClusterError) {
            try check(turn.take { ls_mpi_sum_floats(mpi, tensor.pointer, tensor.count) }, "MPI_Allreduce of floats")
        }

        func allReduceSum(_ values: inout [Double]) throws(ClusterError) {
            let code = values.withUnsafeMutableBufferPointer { values in
                values.baseAddress.map { pointer in turn.take { ls_mpi_sum_doubles(mpi, pointer, values.count) } } ?? 0
            }
            try check(code, "MPI_Allreduce of doubles")
        }

        func allGather(_ part: Tensor, counts: [Int], into whole: Tensor) throws(ClusterError) {
            precondition(counts.count == size && counts[rank] == part.count, "counts \(counts) for \(part.shape)")
            precondition(whole.count == counts.reduce(0, +), "counts \(counts) into \(whole.shape)")
            let bytes = counts.map { $0 * MemoryLayout<Float>.stride }
            try check(
                turn.take { ls_mpi_gather(mpi, part.pointer, bytes, whole.pointer) }, "MPI_Allgatherv of \(whole.count) floats")
        }

        func allGather(_ part: [UInt8], counts: [Int]) throws(ClusterError) -> [UInt8] {
            precondition(counts.count == size && counts[rank] == part.count, "counts \(counts) for \(part.count) bytes")
            var whole = [UInt8](repeating: 0, count: max(counts.reduce(0, +), 1))
            try check(turn.take { ls_mpi_gather(mpi, part, counts, &whole) }, "MPI_Allgatherv of \(whole.count) bytes")
            return whole
        }

        func send(_ tensor: Tensor, to rank: Int, tag: Int) throws(ClusterError) -> any Transfer {
            var transfer: OpaquePointer?
            let code = turn.take { ls_mpi_send(mpi, tensor.pointer, tensor.count, Int32(rank), Int32(tag), &transfer) }
            try check(code, "MPI_Isend to rank \(rank)")
            return MPITransfer(transfer, tensor, turn: turn, call: "MPI_Isend to rank", peer: rank)
        }

        func receive(into tensor: Tensor, from rank: Int, tag: Int) throws(ClusterError) -> any Transfer {
            var transfer: OpaquePointer?
            let code = turn.take { ls_mpi_receive(mpi, tensor.pointer, tensor.count, Int32(rank), Int32(tag), &transfer) }
            try check(code, "MPI_Irecv from rank \(rank)")
            return MPITransfer(transfer, tensor, turn: turn, call: "MPI_Irecv from rank", peer: rank)
        }

        func nodeMap(limit: Int?) throws(ClusterError) -> NodeMap {
            var leader: Int32 = 0
            try check(turn.take { ls_mpi_node_leader(mpi, Int32(limit ?? 0), &leader) }, "MPI_Comm_split_type")
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
            var lacking = [neighbours.count > 1 && neighbours[0] == rank && !SharedWindows.hasRoom(for: bytes) ? 1.0 : 0]
            try allReduceSum(&lacking)
            guard lacking[0] == 0 else { return nil }
            return try windows.allocate(mpi, limit: limit, count: count, turn: turn)
        }

        /// mpirun ends the job when a rank ends early, so there is always somebody to wait for.
        func checkRanks(waitingIn call: String) {}

        func abort() -> Never {
            // Not in turn: another thread may be waiting within MPI for a rank that will not come.
            ls_mpi_abort(mpi, 1)
            exit(1)
        }
    }

    /// The one place where a code of MPI becomes an error.
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
