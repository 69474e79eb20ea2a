import LockstepCluster
import LockstepCompute
import LockstepMPI
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What the signals that ask a program to end do: while there is a training they ask it, and it ends well; else they
/// end the program in order.
///
/// They are SIGINT, SIGTERM and SIGHUP; SIGUSR1, which mpirun passes on, counts as SIGTERM. A signal that was ignored
/// when the program started stays ignored. A training that was asked already is ended at once by a signal that comes
/// half a second later, or after that, and any program by SIGQUIT.
final class Termination {
    private typealias Actions = [(signal: Int32, action: sigaction)]
    /// The trainings of this process, which are several on a cluster of threads, and what the signals did before.
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

    /// What asks a program to end; the last two come from mpirun.
    private static var requests: [Int32] {
        [SIGTERM, SIGINT, SIGHUP, SIGUSR1] + (JobPage.own.isLaunched ? [SIGUSR2] : [])
    }

    /// What this process was asked so far. A training that ends before it has heard leaves it to the next one.
    var request: EndRequest { EndRequest(signal: JobPage.own.asked) }

    /// The training ends because of a request, and so has answered it.
    func answer() {
        JobPage.own.ask(0)
        lastHeard.pointee = 0
    }

    /// Lets signals end this program in order, with a line where no launcher has one.
    static func endProgramInOrder() {
        isAlone.pointee = (try? Launch(Launch.variable)) == .alone
        catchSignals(requests, leave)
        // Swift's runtime would take its time to tell where the program was.
        catchSignals([SIGQUIT], endAtOnce)
    }

    /// Collective: a training has ended by a signal, which rank 0 has said, and so does the program. A launcher that
    /// knows it does not ask for the status, and mpirun says nothing of ranks that end with 0.
    static func end(_ communicator: any Communicator, by signal: Int32) -> Never {
        var told = [communicator.rank == 0 && JobPage.own.isShared ? 1.0 : 0]
        guard communicator.library != nil, (try? communicator.allReduceSum(&told)) != nil, told[0] > 0 else {
            communicator.end(status: 128 + signal)
        }
        if communicator.rank == 0 { JobPage.own.endBy(signal) }
        communicator.end(status: 0)
    }

    /// - Returns: what the signals did before.
    @discardableResult
    private static func catchSignals(_ signals: [Int32], _ handler: @escaping @convention(c) (Int32) -> Void) -> Actions
    {
        _ = (JobPage.own, isAlone, lastHeard)  // made now, for a handler cannot make them
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

// What a handler may touch besides the job's page: memory that is always there.

/// When the training was asked to end; 0 if it was not.
nonisolated(unsafe) private let lastHeard = memory(0.0)
/// Whether there is nobody else who says why the program ends.
nonisolated(unsafe) private let isAlone = memory(false)

private func memory<Value>(_ value: Value) -> UnsafeMutablePointer<Value> {
    let place = UnsafeMutablePointer<Value>.allocate(capacity: 1)
    place.initialize(to: value)
    return place
}

/// What a signal asks for.
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
        // mpirun takes an exit for the cause of what it ended itself. The signal comes when its handler has returned.
        var action = sigaction()
        action.handler = SIG_DFL
        sigaction(signal, &action, nil)
        raise(signal)
        return
    }
    JobPage.own.tell(signal)
    _exit(128 + signal)
}
