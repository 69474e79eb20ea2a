#if MPI
    import CMPIShim
    import LockstepCluster
    import LockstepCompute

    #if canImport(Glibc)
        import Glibc
    #else
        import Darwin
    #endif

    /// The ranks of an `mpirun`. One thread at a time may call it.
    final class MPICommunicator: Communicator, @unchecked Sendable {
        let rank: Int
        let size: Int
        let host: String
        let library: String?
        private let mpi: OpaquePointer

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

        func barrier() throws(ClusterError) { try check(ls_mpi_barrier(mpi), "MPI_Barrier") }

        func broadcast(_ tensor: Tensor, from root: Int) throws(ClusterError) {
            let bytes = tensor.count * MemoryLayout<Float>.stride
            try check(ls_mpi_broadcast(mpi, tensor.pointer, bytes, Int32(root)), "MPI_Bcast of \(tensor.count) floats")
        }

        func broadcast(_ bytes: inout [UInt8], from root: Int) throws(ClusterError) {
            let code = bytes.withUnsafeMutableBytes { ls_mpi_broadcast(mpi, $0.baseAddress, $0.count, Int32(root)) }
            try check(code, "MPI_Bcast of \(bytes.count) bytes")
        }

        func allReduceSum(_ tensor: Tensor) throws(ClusterError) {
            try check(ls_mpi_sum_floats(mpi, tensor.pointer, tensor.count), "MPI_Allreduce of floats")
        }

        func allReduceSum(_ values: inout [Double]) throws(ClusterError) {
            let code = values.withUnsafeMutableBufferPointer { values in
                values.baseAddress.map { ls_mpi_sum_doubles(mpi, $0, values.count) } ?? 0
            }
            try check(code, "MPI_Allreduce of doubles")
        }

        func allGather(_ part: Tensor, counts: [Int], into whole: Tensor) throws(ClusterError) {
            precondition(counts.count == size && counts[rank] == part.count, "counts \(counts) for \(part.shape)")
            precondition(whole.count == counts.reduce(0, +), "counts \(counts) into \(whole.shape)")
            let bytes = counts.map { $0 * MemoryLayout<Float>.stride }
            try check(ls_mpi_gather(mpi, part.pointer, bytes, whole.pointer), "MPI_Allgatherv of \(whole.count) floats")
        }

        func allGather(_ part: [UInt8], counts: [Int]) throws(ClusterError) -> [UInt8] {
            precondition(counts.count == size && counts[rank] == part.count, "counts \(counts) for \(part.count) bytes")
            var whole = [UInt8](repeating: 0, count: max(counts.reduce(0, +), 1))
            try check(ls_mpi_gather(mpi, part, counts, &whole), "MPI_Allgatherv of \(whole.count) bytes")
            return whole
        }

        func send(_ tensor: Tensor, to rank: Int) throws(ClusterError) -> any Transfer {
            var transfer: OpaquePointer?
            try check(ls_mpi_send(mpi, tensor.pointer, tensor.count, Int32(rank), &transfer), "MPI_Isend to rank \(rank)")
            return MPITransfer(transfer, tensor, call: "MPI_Isend to rank \(rank)")
        }

        func receive(into tensor: Tensor, from rank: Int) throws(ClusterError) -> any Transfer {
            var transfer: OpaquePointer?
            try check(ls_mpi_receive(mpi, tensor.pointer, tensor.count, Int32(rank), &transfer), "MPI_Irecv from rank \(rank)")
            return MPITransfer(transfer, tensor, call: "MPI_Irecv from rank \(rank)")
        }

        func abort() -> Never {
            ls_mpi_abort(mpi, 1)
            exit(1)
        }
    }

    /// Keeps the tensor alive until the message is through.
    private final class MPITransfer: Transfer {
        private var transfer: OpaquePointer?
        private var tensor: Tensor?
        private let call: String

        init(_ transfer: OpaquePointer?, _ tensor: Tensor, call: String) {
            self.transfer = transfer
            self.tensor = tensor
            self.call = call
        }

        func wait() throws(ClusterError) {
            guard let transfer else { return }
            self.transfer = nil
            defer { tensor = nil }
            try check(ls_mpi_wait(transfer), call)
        }
    }

    /// The one place where a code of MPI becomes an error.
    private func check(_ code: Int32, _ call: @autoclosure () -> String) throws(ClusterError) {
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
