import LockstepCluster

/// The ranks that this process belongs to: those of its `mpirun`, or itself alone.
///
/// Without mpirun, MPI is not initialized at all: `MPI_Init` of a single process takes 0.3 s, because it starts a
/// daemon.
///
/// - Throws: `ClusterError.builtWithoutMPI` under mpirun in a build without MPI; `ClusterError.eachAlone` if a launcher
///   has started several processes that MPI does not join; `ClusterError.mpi` if MPI does not start.
package func jobCommunicator() throws(ClusterError) -> any Communicator {
    guard case .world(let rank, let size) = try Launch(Launch.variable) else { return SingleProcess() }
    #if MPI
        let communicator = try MPICommunicator(number: size == 1 ? nil : rank)
        // An MPI library that does not know the launcher makes a world of each process. A size from mpirun is trusted.
        if size == nil, communicator.size == 1 { try Launch.checkAlone(Launch.variable) }
        return communicator
    #else
        guard size == 1 else { throw .builtWithoutMPI(ranks: size.map(String.init) ?? "several") }
        return SingleProcess()
    #endif
}
