import CJob

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A folder for one run. It has the page that this process shares with rank 0 of the job. The page's path is in
/// `LOCKSTEP_JOB`.
final class JobFolder {
    static let variable = "LOCKSTEP_JOB"

    private let path: String
    private let page: OpaquePointer

    /// If no folder can be written, rank 0 cannot tell anything.
    init() {
        var template = Array("\(Files.temporary)/lockstep-job-XXXXXX".utf8CString)
        path = mkdtemp(&template).map { String(cString: $0) } ?? ""
        page = path.isEmpty ? ls_job_private() : ls_job_create(path + "/page") ?? ls_job_private()
        setenv(Self.variable, path + "/page", 1)
    }

    /// The file to which Open MPI writes the number of the job.
    var address: String { path.isEmpty ? "/dev/null" : path + "/address" }

    /// The number of the job; nil if mpirun has not written it.
    var number: UInt32? { Files.text(address).flatMap { UInt32($0.prefix { $0.isNumber }) } }

    var phase: ls_job_phase { ls_job_where(page) }
    /// Whether a training is running, which ends well when it is asked to.
    var isTraining: Bool { phase == LS_JOB_TRAINING || phase == LS_JOB_CHECKPOINTING }
    /// The signal that ended the job, as rank 0 has said; nil if none did.
    var endedBy: Int32? { ls_job_ended_by(page) == 0 ? nil : ls_job_ended_by(page) }

    func ask(_ signal: Int32) { ls_job_ask(page, signal) }

    func remove() { if !path.isEmpty { Files.remove(path) } }
}
