import CJob

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A program that trains alone, and answers signals itself.
final class Program: Command {
    private let arguments: [String]
    private var folder: JobFolder?
    let pause = 1.0
    let mayBeElsewhere = false
    let needsRelay = false

    init(_ arguments: [String]) { self.arguments = arguments }

    func prepare() -> [String] {
        folder = JobFolder()
        return arguments
    }

    func ask(_ process: pid_t, to signal: Int32) -> Bool {
        kill(process, signal)
        return true
    }

    func mustEnd(_ process: pid_t, asked waited: Double?) -> Bool { false }

    func end(_ process: pid_t, by signal: Int32) { kill(process, signal) }

    func conclude(_ process: pid_t, _ ending: Ending, asked: Int32?, wasForced: Bool) -> Int32 {
        defer { folder?.remove() }
        guard let asked, ending.signal != nil else { return ending.status }
        // The program had no time to say anything.
        ls_job_tell(asked, folder?.phase ?? LS_JOB_BEFORE)
        return 128 + asked
    }
}
