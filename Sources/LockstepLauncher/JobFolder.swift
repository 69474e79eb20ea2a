import CJob

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A folder of one run's own, with the page that it shares with rank 0 of the job, whose path is in `LOCKSTEP_JOB`.
final class JobFolder {
    static let variable = "LOCKSTEP_JOB"

    private let path: String
    private let page: OpaquePointer

    /// Without a folder that can be written to, rank 0 tells nothing.
    init() {
        var template = Array("\(Files.temporary)/lockstep-job-XXXXXX".utf8CString)
        path = mkdtemp(&template).map { String(cString: $0) } ?? ""
        page = path.isEmpty ? ls_job_private() : ls_job_create(path + "/page") ?? ls_job_private()
        setenv(Self.variable, path + "/page", 1)
    }

    /// Where Open MPI writes the number of the job.
    var address: String { path.isEmpty ? "/dev/null" : path + "/address" }

    /// The number of the job; nil if mpirun has not told it.
    var number: UInt32? { Files.text(address).flatMap { UInt32($0.prefix { $0.isNumber }) } }

    var phase: ls_job_phase { ls_job_where(page) }
    /// Whether there is a training that ends well when it is asked to.
    var isTraining: Bool { phase == LS_JOB_TRAINING || phase == LS_JOB_CHECKPOINTING }
    /// The signal that the job has ended by, as rank 0 has said; nil if it has not.
    var endedBy: Int32? { ls_job_ended_by(page) == 0 ? nil : ls_job_ended_by(page) }

    func ask(_ signal: Int32) { ls_job_ask(page, signal) }

    func remove() { if !path.isEmpty { Files.remove(path) } }
}
