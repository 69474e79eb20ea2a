import CJob

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Open MPI's mpirun, which is better at starting ranks than at ending them.
///
/// - A training is asked to end through rank 0's page and has half a minute to write a last checkpoint; mpirun would
///   leave it a second, and say much. Ranks that do not train are ended at once, and mpirun before them, so that it
///   says nothing.
/// - Rank 0 may be on another host, where it does not see the page: then mpirun passes SIGUSR1 on, or SIGUSR2 for
///   SIGINT.
/// - It ends when its ranks have: when one dies while others are in MPI's start, mpirun itself can hang after it has
///   ended them all (4.1.4 with PMIx 4.2, in PMIx_server_finalize, about one time in ten). Ranks on other hosts cannot
///   be seen.
/// - Output that cannot be written, to a full disk or to a pipe that nobody reads, ends the job with an error when it
///   has done its work; mpirun would end it at once, or not tell.
/// - What Open MPI leaves of ranks that were killed is removed.
final class Mpirun: Command {
    private let arguments: [String]
    private var folder = JobFolder?.none
    /// Whether there may be ranks on other hosts, and whether they all have been seen here.
    let mayBeElsewhere: Bool
    private var areHere = false
    private var haveBegun = false
    /// Since when all ranks that were here have ended.
    private var goneSince: Double?
    private var forwarded: (signal: Int32, time: Double)?
    /// What rank 0 had said when mpirun had to be ended.
    private var atEnd: (phase: ls_job_phase, endedBy: Int32?)?
    private var looksUntil = 0.0

    /// What a training has to end well, and a program that has just ended one.
    private static let patience = (training: 30.0, after: 1.0)

    init(_ arguments: [String]) {
        self.arguments = arguments
        let options: Set = [
            "--hostfile", "-hostfile", "--machinefile", "-machinefile", "--default-hostfile", "--host", "-host", "-H",
        ]
        let schedulers = ["SLURM_JOB_ID", "PBS_NODEFILE", "LSB_JOBID", "PE_HOSTFILE", "OMPI_MCA_orte_default_hostfile"]
        mayBeElsewhere = !options.isDisjoint(with: arguments) || schedulers.contains { Files.variable($0) != nil }
    }

    /// At first often, for ranks may die as soon as they are there.
    var pause: Double { haveBegun || seconds() > looksUntil ? 0.5 : 0.02 }

    let needsRelay = true

    func prepare() -> [String] {
        (areHere, haveBegun, goneSince, forwarded, atEnd, looksUntil) = (false, false, nil, nil, nil, seconds() + 10)
        let folder = JobFolder()
        self.folder = folder
        if geteuid() == 0 {
            // mpirun refuses root without these two, and containers have nobody else.
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
        // Ranks that were not there yet did not hear it.
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
            kill(process, SIGTERM)  // ranks that lose it cannot be found
        #endif
    }

    func conclude(_ process: pid_t, _ ending: Ending, asked: Int32?, wasForced: Bool) -> Int32 {
        defer { folder?.remove() }
        if ending.signal != nil { Leftovers.removeSession(of: process) }
        if let number = folder?.number { Leftovers.removeSegments(of: number) }
        let endedBy = wasForced && atEnd != nil ? atEnd?.endedBy : folder?.endedBy
        guard let asked else { return endedBy.map { 128 + $0 } ?? ending.status }
        if endedBy == nil {
            // It has succeeded, or failed otherwise, before it was asked.
            if !wasForced, ending.signal == nil, forwarded == nil || ending.status == 0 { return ending.status }
            ls_job_tell(asked, atEnd?.phase ?? folder?.phase ?? LS_JOB_BEFORE)
        }
        return 128 + asked
    }
}
