import LockstepCluster
import LockstepCompute
import LockstepMPI
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The handling of signals that ask a program to end. During a training the signal is a request, and the training ends
/// in order. Otherwise the program ends in order.
///
/// The signals are SIGINT, SIGTERM and SIGHUP. SIGUSR1, which `mpirun` passes on, counts as SIGTERM. A signal that was
/// ignored when the program started stays ignored. After a first request, another signal at least half a second later
/// ends the training at once. SIGQUIT ends any program at once.
final class Termination {
    private typealias Actions = [(signal: Int32, action: sigaction)]
    /// The number of trainings of this process, several on a cluster of threads, and the earlier actions of the
    /// signals.
    private static let trainings = Mutex<(count: Int, before: Actions)>((0, []))

    /// A training begins.
    init(writesCheckpoints: Bool) {
        Self.trainings.withLock { trainings in
            trainings.count += 1
            guard trainings.count == 1 else { return }
            trainings.before = Self.catchSignals(Self.requests, note)
        }
        JobPage.own.enter(writesCheckpoints ? .checkpointing : .training)
    }

    deinit {
        JobPage.own.enter(.after)
        Self.trainings.withLock { trainings in
            trainings.count -= 1
            guard trainings.count == 0 else { return }
            for (number, action) in trainings.before {
                _ = withUnsafePointer(to: action) { sigaction(number, $0, nil) }
            }
        }
    }

    /// The signals that ask a program to end. SIGUSR1 and SIGUSR2 come from `mpirun`.
    private static var requests: [Int32] {
        [SIGTERM, SIGINT, SIGHUP, SIGUSR1] + (JobPage.own.isLaunched ? [SIGUSR2] : [])
    }

    /// The request to this process so far. If a training ends before it sees a request, the next training sees it.
    var request: EndRequest { EndRequest(signal: JobPage.own.asked) }

    /// Clears the request, because the training ends in answer to it.
    func answer() {
        JobPage.own.ask(0)
        lastHeard.pointee = 0
    }

    /// Makes signals end this program in order, with a line of output if no launcher prints one.
    static func endProgramInOrder() {
        isAlone.pointee = (try? Launch(Launch.variable)) == .alone
        catchSignals(requests, leave)
        // Swift's runtime would spend time on a backtrace.
        catchSignals([SIGQUIT], endAtOnce)
    }

    /// Collective: ends the program after a signal ended a training and rank 0 printed it. If a launcher knows the
    /// signal, the ranks end with 0, because `mpirun` prints nothing about such ranks, and the launcher does not need
    /// their status.
    static func end(_ communicator: any Communicator, by signal: Int32) -> Never {
        var told = [communicator.rank == 0 && JobPage.own.isShared ? 1.0 : 0]
        guard communicator.library != nil, (try? communicator.allReduceSum(&told)) != nil, told[0] > 0 else {
            communicator.end(status: 128 + signal)
        }
        if communicator.rank == 0 { JobPage.own.endBy(signal) }
        communicator.end(status: 0)
    }

    /// - Returns: the earlier actions of the signals.
    @discardableResult
    private static func catchSignals(_ signals: [Int32], _ handler: @escaping @convention(c) (Int32) -> Void) -> Actions
    {
        _ = (JobPage.own, isAlone, lastHeard)  // made now, because a handler cannot make them
        return signals.compactMap { number -> (signal: Int32, action: sigaction)? in
            var (action, before) = (sigaction(), sigaction())
            sigaction(number, nil, &before)
            guard unsafeBitCast(before.handler, to: Int.self) != unsafeBitCast(SIG_IGN, to: Int.self) else {
                return nil
            }
            action.handler = handler
            action.sa_flags = Int32(SA_RESTART)
            sigaction(number, &action, nil)
            return (number, before)
        }
    }
}

extension sigaction {
    #if canImport(Glibc)
        fileprivate var handler: (@convention(c) (Int32) -> Void)? {
            get { __sigaction_handler.sa_handler }
            set { __sigaction_handler.sa_handler = newValue }
        }
    #else
        fileprivate var handler: (@convention(c) (Int32) -> Void)? {
            get { __sigaction_u.__sa_handler }
            set { __sigaction_u.__sa_handler = newValue }
        }
    #endif
}

// A signal handler may access only memory that always exists: the job's page and these two values.

/// The time of the first request to end the training; 0 if there was none.
nonisolated(unsafe) private let lastHeard = memory(0.0)
/// Whether this program must print itself why it ends, because no launcher does.
nonisolated(unsafe) private let isAlone = memory(false)

private func memory<Value>(_ value: Value) -> UnsafeMutablePointer<Value> {
    let place = UnsafeMutablePointer<Value>.allocate(capacity: 1)
    place.initialize(to: value)
    return place
}

/// The signal that a forwarded signal stands for.
private func meaning(_ signal: Int32) -> Int32 { signal == SIGUSR1 ? SIGTERM : signal == SIGUSR2 ? SIGINT : signal }

private func note(_ signal: Int32) {
    let now = monotonicSeconds()
    if lastHeard.pointee == 0 {
        lastHeard.pointee = now
        if JobPage.own.asked == 0 { JobPage.own.ask(meaning(signal)) }
    } else if signal == meaning(signal), now > lastHeard.pointee + 0.5 {
        endAtOnce(signal)
    }
}

private func leave(_ signal: Int32) {
    if !Undisturbed.postpones(signal) { endAtOnce(meaning(signal)) }
}

private func endAtOnce(_ signal: Int32) {
    guard isAlone.pointee else {
        // If a rank exits after `mpirun` sent it a signal, `mpirun` reports the exit as the cause. So the rank dies by
        // the signal, once this handler has returned.
        var action = sigaction()
        action.handler = SIG_DFL
        sigaction(signal, &action, nil)
        raise(signal)
        return
    }
    JobPage.own.tell(signal)
    _exit(128 + signal)
}
