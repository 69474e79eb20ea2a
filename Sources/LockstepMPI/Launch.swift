import LockstepCluster

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// How this process was started, as its environment tells.
package enum Launch: Equatable {
    case alone
    /// As a rank of an MPI world. The launcher may not say which rank it is, and how many there are.
    case world(rank: Int?, size: Int?)

    /// - Parameter variable: the value of a variable of the environment.
    /// - Throws: `ClusterError.eachAlone` if other processes were started beside this one and MPI does not join them,
    ///   so that each would train alone.
    package init(_ variable: (String) -> String?) throws(ClusterError) {
        // Open MPI's mpirun sets the first, other launchers over PMIx (srun --mpi=pmix) the second.
        let size = variable("OMPI_COMM_WORLD_SIZE")
        guard size != nil || variable("PMIX_RANK") != nil else {
            try Self.checkAlone(variable)
            self = .alone
            return
        }
        self = .world(
            rank: (variable("OMPI_COMM_WORLD_RANK") ?? variable("PMIX_RANK")).flatMap { Int($0) },
            size: size.flatMap { Int($0) })
    }

    /// Checks a process that is alone, or the only rank of its world.
    ///
    /// - Throws: `ClusterError.eachAlone` if a launcher has started other processes beside it.
    package static func checkAlone(_ variable: (String) -> String?) throws(ClusterError) {
        guard variable("LOCKSTEP_ALONE") != "1" else { return }
        for name in ["SLURM_STEP_NUM_TASKS", "PMI_SIZE", "FLUX_JOB_SIZE", "PALS_SIZE", "PALS_LOCAL_SIZE"] {
            guard let count = variable(name).flatMap({ Int($0) }), count > 1 else { continue }
            // Steps that srun starts are numbered from 0. The batch script is a step too, whose number is among the
            // highest.
            if name == "SLURM_STEP_NUM_TASKS" {
                guard let step = variable("SLURM_STEP_ID").flatMap({ UInt32($0) }), step < 0xffff_fff0 else { continue }
            }
            throw .eachAlone(variable: name, processes: count)
        }
    }

    /// The value of a variable of this process's environment.
    package static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
