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
    /// - Returns: false if nothing in it can end it well yet, so that it must be ended.
    func ask(_ process: pid_t, to signal: Int32) -> Bool
    /// Looks at the process, every `pause` seconds.
    ///
    /// - Parameter waited: how many seconds ago it was asked to end; nil if it was not asked.
    /// - Returns: whether it must be ended, because it does not end by itself.
    func mustEnd(_ process: pid_t, asked waited: Double?) -> Bool
    var pause: Double { get }
    /// Whether some of its processes may be on other hosts.
    var mayBeElsewhere: Bool { get }
    /// Whether this process passes its standard output on, because the command cannot deal with output that cannot be
    /// written.
    var needsRelay: Bool { get }
    /// Ends the process itself. The supervision ends the processes that it leaves.
    func end(_ process: pid_t, by signal: Int32)
    /// Called when all processes have ended, while no other process can have the command's number. Cleans up, says what
    /// nobody else has said, and returns the job's exit status.
    func conclude(_ process: pid_t, _ ending: Ending, asked: Int32?, wasForced: Bool) -> Int32
}

/// How a process has ended.
struct Ending {
    /// The signal it died by; nil if it has exited.
    let signal: Int32?
    /// Its exit status; 128 plus the signal, as in a shell, if it died by a signal.
    let status: Int32

    /// - Parameter signal: 0 for a process that has exited.
    init(signal: Int32 = 0, status: Int32) {
        self.signal = signal == 0 ? nil : signal
        self.status = signal == 0 ? status : 128 + signal
    }
}
