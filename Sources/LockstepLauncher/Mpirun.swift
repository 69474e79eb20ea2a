import CJob

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A run of Open MPI's mpirun. Its ranks are ended better than mpirun itself ends them.
///
/// - A training is asked to end through rank 0's page, and has half a minute to write a last checkpoint. mpirun would
///   give it a second, and print much. Ranks that do not train are ended at once. mpirun is ended before them, so that
///   it prints nothing.
/// - If rank 0 is on another host, it does not see the page. Then mpirun passes SIGUSR1 on, or SIGUSR2 instead of
///   SIGINT.
/// - mpirun is ended when its ranks have ended. If a rank dies while others are starting MPI, mpirun itself can hang
///   after it has ended them all (4.1.4 with PMIx 4.2, in PMIx_server_finalize, about one time in ten). Ranks on other
///   hosts cannot be seen.
/// - If output cannot be written, to a full disk or to a pipe that nobody reads, the job does its work and then ends
///   with an error. mpirun would end it at once, or say nothing.
/// - What Open MPI leaves of ranks that were killed is removed.
final class Mpirun: Command {
    private let arguments: [String]
    private var folder = JobFolder?.none
    /// Whether ranks may be on other hosts; `areHere` says whether all ranks have been seen on this host.
    let mayBeElsewhere: Bool
    private var areHere = false
    private var haveBegun = false
    /// When all ranks on this host had ended.
    private var goneSince: Double?
    private var forwarded: (signal: Int32, time: Double)?
    /// What rank 0 had said when mpirun had to be ended.
    private var atEnd: (phase: ls_job_phase, endedBy: Int32?)?
    private var looksUntil = 0.0

    /// How many seconds a training has to end well, and a program that has just ended its training.
    private static let patience = (training: 30.0, after: 1.0)

    init(_ arguments: [String]) {
        self.arguments = arguments
        let options: Set = [
            "--hostfile", "-hostfile", "--machinefile", "-machinefile", "--default-hostfile", "--host", "-host", "-H",
        ]
        let schedulers = ["SLURM_JOB_ID", "PBS_NODEFILE", "LSB_JOBID", "PE_HOSTFILE", "OMPI_MCA_orte_default_hostfile"]
        mayBeElsewhere = !options.isDisjoint(with: arguments) || schedulers.contains { Files.variable($0) != nil }
    }

    /// Short at first, because ranks may die as soon as they are there.
    var pause: Double { haveBegun || seconds() > looksUntil ? 0.5 : 0.02 }

    let needsRelay = true

    func prepare() -> [String] {
        (areHere, haveBegun, goneSince, forwarded, atEnd, looksUntil) = (false, false, nil, nil, nil, seconds() + 10)
        let folder = JobFolder()
        self.folder = folder
        if geteuid() == 0 {
            // mpirun refuses to run as root without these two variables, and containers have no other user.
            setenv("OMPI_ALLOW_RUN_AS_ROOT", "1", 1)
            setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 1)
        }
        return [arguments[0], "--report-uri", folder.address, "-x", JobFolder.variable] + arguments.dropFirst()
    }

    func ask(_ process: pid_t, to signal: Int32) -> Bool {
        folder?.ask(signal)
        if folder?.isTraining ?? false { return true }
        guard mayBeElsewhere, !areHere else { return false }
        forward(signal, to: process)
        return true
    }

    private func forward(_ signal: Int32, to process: pid_t) {
        kill(process, signal == SIGINT ? SIGUSR2 : SIGUSR1)
        forwarded = (signal, seconds())
    }

    func mustEnd(_ process: pid_t, asked waited: Double?) -> Bool {
        lookAfterRanks(of: process, isAsked: waited != nil)
        guard let waited else { return false }
        // Ranks that were not there yet did not get the signal.
        if let forwarded, seconds() > forwarded.time + 1 { forward(forwarded.signal, to: process) }
        let isOver = forwarded == nil && folder?.isTraining == false && folder?.endedBy == nil
        return waited > (isOver ? Self.patience.after : Self.patience.training)
    }

    private func lookAfterRanks(of process: pid_t, isAsked: Bool) {
        let ranks = Processes.children(of: process).filter(Processes.isRunning)
        if !ranks.isEmpty {
            haveBegun = true
            goneSince = nil
            if !areHere {
                areHere =
                    !mayBeElsewhere
                    || ranks.contains { rank in
                        let size = Processes.variable("OMPI_COMM_WORLD_SIZE", of: rank)
                        return size != nil && size == Processes.variable("OMPI_COMM_WORLD_LOCAL_SIZE", of: rank)
                    }
            }
        } else if areHere {
            let since = goneSince ?? seconds()
            goneSince = since
            if seconds() > since + (isAsked ? 1 : 3) { kill(process, SIGKILL) }
        }
    }

    func end(_ process: pid_t, by signal: Int32) {
        atEnd = folder.map { ($0.phase, $0.endedBy) }
        #if os(Linux)
            kill(process, SIGKILL)
        #else
            kill(process, SIGTERM)  // ranks that lose mpirun cannot be found
        #endif
    }

    func conclude(_ process: pid_t, _ ending: Ending, asked: Int32?, wasForced: Bool) -> Int32 {
        defer { folder?.remove() }
        if ending.signal != nil { Leftovers.removeSession(of: process) }
        if let number = folder?.number { Leftovers.removeSegments(of: number) }
        let endedBy = wasForced && atEnd != nil ? atEnd?.endedBy : folder?.endedBy
        guard let asked else { return endedBy.map { 128 + $0 } ?? ending.status }
        if endedBy == nil {
            // The job has succeeded, or failed for another reason, before it was asked.
            if !wasForced, ending.signal == nil, forwarded == nil || ending.status == 0 { return ending.status }
            ls_job_tell(asked, atEnd?.phase ?? folder?.phase ?? LS_JOB_BEFORE)
        }
        return 128 + asked
    }
}
