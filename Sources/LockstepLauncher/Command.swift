#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What a job runs, and how it is asked to end.
protocol Command: AnyObject {
    /// Makes what a run needs, and returns what is to be executed.
    func prepare() -> [String]
    /// Asks the process to end by a signal.
    ///
    /// - Returns: false if there is nobody in it yet who would end it well, so that it is to be ended.
    func ask(_ process: pid_t, to signal: Int32) -> Bool
    /// Looks at the process, every `pause` seconds.
    ///
    /// - Parameter waited: since when it has been asked to end, in seconds; nil if it has not.
    /// - Returns: whether it is to be ended, for it does not end by itself.
    func mustEnd(_ process: pid_t, asked waited: Double?) -> Bool
    var pause: Double { get }
    /// Whether some of its processes may be on other hosts.
    var mayBeElsewhere: Bool { get }
    /// Whether its standard output is passed on to this process's, since it cannot deal with output that cannot be
    /// written.
    var needsRelay: Bool { get }
    /// Ends the process itself; those that it leaves are ended by the supervision.
    func end(_ process: pid_t, by signal: Int32)
    /// All processes have ended, and the command's number is still its own: cleans up, says what nobody else has said,
    /// and returns the job's exit status.
    func conclude(_ process: pid_t, _ ending: Ending, asked: Int32?, wasForced: Bool) -> Int32
}

/// How a process has ended.
struct Ending {
    /// The signal it died by; nil if it has exited.
    let signal: Int32?
    /// Its exit status; as a shell tells it, if it died by a signal.
    let status: Int32

    /// - Parameter signal: 0 for a process that has exited.
    init(signal: Int32 = 0, status: Int32) {
        self.signal = signal == 0 ? nil : signal
        self.status = signal == 0 ? status : 128 + signal
    }
}
