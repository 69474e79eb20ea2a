import CJob

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The signals that ask a job to end, and those that report its children. They are blocked and taken one by one, so
/// that none can come at a bad moment.
struct Signals {
    private var awaited = sigset_t()
    /// The signals that were blocked before, for the processes that are started.
    private(set) var before = sigset_t()

    /// If this process was started with a signal ignored, the signal stays ignored. `nohup` and background jobs of
    /// scripts start processes like this.
    init() {
        sigemptyset(&awaited)
        for signal in [SIGINT, SIGTERM, SIGHUP, SIGQUIT] where !Self.isIgnored(signal) { sigaddset(&awaited, signal) }
        signal(SIGCHLD, SIG_DFL)
        sigaddset(&awaited, SIGCHLD)
        sigprocmask(SIG_BLOCK, &awaited, &before)
    }

    /// The next signal; nil if none comes within `seconds`.
    func next(within seconds: Double) -> Int32? {
        let signal = withUnsafePointer(to: awaited) { ls_await_signal($0, seconds) }
        return signal > 0 ? signal : nil
    }

    private static func isIgnored(_ signal: Int32) -> Bool {
        var action = sigaction()
        sigaction(signal, nil, &action)
        #if canImport(Glibc)
            let handler = action.__sigaction_handler.sa_handler
        #else
            let handler = action.__sigaction_u.__sa_handler
        #endif
        return unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    }
}

/// Seconds of a clock that only goes forward.
func seconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}
