import CJob

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// One run of a command, from its start until nothing is left of it.
///
/// The command has its own session, to which the terminal sends no signals. The session's orphans become this process's
/// children. So this process signals only its own children that are not reaped. No other process can have their
/// numbers.
final class Supervision {
    private let command: any Command
    private let signals: Signals
    private var process: pid_t = 0
    private var ending: Ending?
    /// The signal that asks the job to end, and when it came.
    private var asked: (signal: Int32, time: Double)?
    /// When the job had to be ended, and by which signal first.
    private var forced: (signal: Int32, time: Double)?
    /// The orphans that have been told to end.
    private var told: Set<pid_t> = []

    /// Seconds. Signals that come closer together count as one: `timeout` signals a process, and then its group.
    private static let apart = 0.5
    /// Seconds that processes have to end after they are told to.
    private static let grace = 1.5
    /// Seconds that the rest of the output has to arrive, if the job had to be ended, or if a connection to a host that
    /// is gone may hold the pipe.
    private static let patience = 1.0

    var wasAsked: Bool { asked != nil }

    init(of command: any Command, _ signals: Signals) {
        self.command = command
        self.signals = signals
    }

    /// Returns the job's exit status.
    func perform() -> Int32 {
        if let signal = next(within: 0) {
            asked = (signal, seconds())
            ls_job_tell(signal, LS_JOB_BEFORE)
            return 128 + signal
        }
        ls_adopt_orphans()
        var arguments = command.prepare().map { strdup($0) } + [nil]
        let relay = command.needsRelay ? OutputRelay() : nil
        process = withUnsafePointer(to: signals.before) { ls_start(&arguments, $0, relay?.entrance ?? -1) }
        relay?.begin()
        var leftSince: Double?
        guard process > 0 else {
            say("launch/run: no process can be started: \(String(cString: strerror(errno)))")
            return command.conclude(0, Ending(status: 1), asked: nil, wasForced: false)
        }
        while true {
            let signal = next(within: ending != nil || forced != nil || asked != nil ? 0.05 : command.pause)
            if let signal { hear(signal) }
            notice()
            let orphans = orphans()
            if let ending, orphans.isEmpty {
                let since = leftSince ?? seconds()
                leftSince = since
                let isPatient = forced == nil && !command.mayBeElsewhere
                if let relay, !relay.isDone(within: 0), isPatient || seconds() < since + Self.patience { continue }
                defer { waitpid(process, nil, 0) }
                let status = command.conclude(process, ending, asked: asked?.signal, wasForced: forced != nil)
                guard let failure = relay?.failure else { return status }
                say("launch/mpirun: standard output could not be written: \(failure)")
                return status == 0 ? 1 : status
            }
            if ending != nil, forced == nil { force(SIGKILL) }
            if forced != nil {
                end(orphans)
            } else if command.mustEnd(process, asked: asked.map { seconds() - $0.time }) {
                force(SIGTERM)
            }
        }
    }

    /// The next signal that asks the job to end. A signal that reports a child ends the wait with nil.
    private func next(within seconds: Double) -> Int32? {
        let signal = signals.next(within: seconds)
        return signal == SIGCHLD ? nil : signal
    }

    /// The first signal asks the job to end; the next one ends it at once.
    private func hear(_ signal: Int32) {
        let now = seconds()
        if signal == SIGQUIT {
            asked = (signal, now)
            force(SIGKILL)
        } else if let asked {
            if now > asked.time + Self.apart { force(SIGKILL) }
        } else {
            asked = (signal, now)
            if !command.ask(process, to: signal) { force(SIGTERM) }
        }
    }

    private func force(_ signal: Int32) {
        guard forced?.signal != SIGKILL else { return }
        forced = (signal, seconds())
        if ending == nil { command.end(process, by: signal) }
    }

    /// Ends the orphans of the process, and the process itself if it does not end in time.
    private func end(_ orphans: [pid_t]) {
        guard let forced else { return }
        let isPatient = forced.signal != SIGKILL && seconds() < forced.time + Self.grace
        if !isPatient, ending == nil { kill(process, SIGKILL) }
        for orphan in orphans {
            if !isPatient { kill(orphan, SIGKILL) } else if told.insert(orphan).inserted { kill(orphan, SIGTERM) }
        }
    }

    /// The running children of this process that belong to the job, except the command itself. Children that have ended
    /// are reaped. A daemon with its own session does not belong to the job.
    private func orphans() -> [pid_t] {
        while true {
            let children = Processes.children(of: getpid()).filter { $0 != process }
            let ended = children.filter { waitpid($0, nil, WNOHANG) == $0 }
            told.subtract(ended)
            // A child that has ended may have left children.
            if ended.isEmpty { return children.filter { getsid($0) == process } }
        }
    }

    /// Notes when the command ends. It is not reaped, so it keeps its number until nothing is left of the job.
    private func notice() {
        var (signal, status): (Int32, Int32) = (0, 0)
        if ending == nil, ls_has_ended(process, &signal, &status) { ending = Ending(signal: signal, status: status) }
    }
}
