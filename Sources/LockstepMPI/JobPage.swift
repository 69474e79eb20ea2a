import CJob

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Memory through which the signal handlers of this process, its trainings and the launcher of its job tell one another
/// about the job. A signal handler may use all of it.
package struct JobPage: @unchecked Sendable {
    package enum Phase {
        case before, training
        /// Training with a folder for checkpoints.
        case checkpointing
        case after
    }

    /// The page of this process. Only rank 0 shares the launcher's page, and only on the launcher's host.
    package static let own = JobPage(
        path: Launch.variable("LOCKSTEP_JOB"), rank: Launch.variable("OMPI_COMM_WORLD_RANK"))

    private let page: OpaquePointer
    /// Whether the launcher sees the page.
    package let isShared: Bool
    /// Whether the launcher started the job, on this host or another.
    package let isLaunched: Bool

    private init(path: String?, rank: String?) {
        let shared = (rank ?? "0") == "0" ? path.flatMap { ls_job_open($0) } : nil
        page = shared ?? ls_job_private()
        isShared = shared != nil
        isLaunched = path != nil
    }

    /// The signal that asked this process to end; 0 if none did.
    package var asked: Int32 { ls_job_asked(page) }
    package func ask(_ signal: Int32) { ls_job_ask(page, signal) }

    package func enter(_ phase: Phase) { ls_job_enter(page, phase.value) }

    /// Notes that the job ends by a signal, and that rank 0 has said so.
    package func endBy(_ signal: Int32) { ls_job_end_by(page, signal) }

    /// Says that the job ends at once, and what that means for what was saved.
    package func tell(_ signal: Int32) { ls_job_tell(signal, ls_job_where(page)) }
}

extension JobPage.Phase {
    fileprivate var value: ls_job_phase {
        switch self {
        case .before: LS_JOB_BEFORE
        case .training: LS_JOB_TRAINING
        case .checkpointing: LS_JOB_CHECKPOINTING
        case .after: LS_JOB_AFTER
        }
    }
}
