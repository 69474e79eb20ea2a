import LockstepCluster

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The ranks this process belongs to: those of its `mpirun`, or itself alone.
///
/// Without mpirun MPI is not initialized at all: a singleton's `MPI_Init` takes 0.3 s, for it starts a daemon.
///
/// - Throws: `ClusterError.builtWithoutMPI` under mpirun in a build without MPI; `ClusterError.mpi` if MPI does not start.
public func jobCommunicator() throws(ClusterError) -> any Communicator {
    // Open MPI's mpirun sets the first, other launchers over PMIx (srun) the second.
    let size = getenv("OMPI_COMM_WORLD_SIZE").map { String(cString: $0) }
    guard size != nil || getenv("PMIX_RANK") != nil else { return SingleProcess() }
    #if MPI
        let number = (getenv("OMPI_COMM_WORLD_RANK") ?? getenv("PMIX_RANK")).flatMap { Int(String(cString: $0)) }
        return try MPICommunicator(number: size == "1" ? nil : number)
    #else
        guard size == "1" else { throw .builtWithoutMPI(ranks: size ?? "several") }
        return SingleProcess()
    #endif
}
