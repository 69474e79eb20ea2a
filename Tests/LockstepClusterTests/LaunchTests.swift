import Lockstep
import LockstepMPI
import Testing

/// Oracle: what each launcher is known to set.
@Suite struct LaunchTests {
    private static let srun = ["SLURM_STEP_ID": "0", "SLURM_STEP_NUM_TASKS": "2", "SLURM_PROCID": "1"]

    private func launch(_ environment: [String: String]) throws(ClusterError) -> Launch {
        try Launch { environment[$0] }
    }

    @Test(
        "processes that MPI does not join are refused, for each would train alone",
        arguments: [
            (srun, "SLURM_STEP_NUM_TASKS", 2), (["PMI_RANK": "0", "PMI_SIZE": "4"], "PMI_SIZE", 4),
            (["FLUX_JOB_SIZE": "3", "FLUX_TASK_RANK": "2"], "FLUX_JOB_SIZE", 3),
            (["PALS_RANKID": "0", "PALS_LOCAL_SIZE": "8"], "PALS_LOCAL_SIZE", 8), (["PALS_SIZE": "5"], "PALS_SIZE", 5),
            (srun.merging(["LOCKSTEP_ALONE": "0"]) { $1 }, "SLURM_STEP_NUM_TASKS", 2),
        ])
    func refused(environment: [String: String], variable: String, processes: Int) {
        let error = ClusterError.eachAlone(variable: variable, processes: processes)
        #expect(throws: error) { try launch(environment) }
        #expect(throws: error, "a world of one rank joins nobody") { try Launch.checkAlone { environment[$0] } }
        for remedy in ["srun --mpi=pmix", "mpirun", "LOCKSTEP_ALONE=1"] { #expect("\(error)".contains(remedy)) }
    }

    @Test(
        "a process that is alone trains alone",
        arguments: [
            [:], srun.merging(["LOCKSTEP_ALONE": "1"]) { $1 }, ["PMI_SIZE": "1"], ["FLUX_JOB_SIZE": "1"],
            ["PALS_LOCAL_SIZE": "many"],
            ["SLURM_STEP_ID": "0", "SLURM_STEP_NUM_TASKS": "1"],
            // A batch script, and the shell of salloc, in an allocation for several tasks.
            ["SLURM_NTASKS": "4", "SLURM_JOB_ID": "7"], ["SLURM_STEP_NUM_TASKS": "4"],
            ["SLURM_STEP_ID": "4294967291", "SLURM_STEP_NUM_TASKS": "4"],
            ["SLURM_STEP_ID": "4294967290", "SLURM_STEP_NUM_TASKS": "4"],
        ])
    func alone(environment: [String: String]) throws { #expect(try launch(environment) == .alone) }

    @Test("mpirun and PMIx make a world, in a step of several tasks too")
    func world() throws {
        let mpirun = Self.srun.merging(["OMPI_COMM_WORLD_SIZE": "3", "OMPI_COMM_WORLD_RANK": "2", "PMIX_RANK": "2"]) {
            $1
        }
        #expect(try launch(mpirun) == .world(rank: 2, size: 3))
        #expect(try launch(Self.srun.merging(["PMIX_RANK": "1"]) { $1 }) == .world(rank: 1, size: nil))
    }
}
