#if MPI
    import CMPIShim
    import Dispatch
    import LockstepCluster
    import LockstepCompute
    import Synchronization

    #if canImport(Glibc)
        import Glibc
    #else
        import Darwin
    #endif

    /// Watches over the job from a thread of this rank, outside MPI. If a rank waits too long or is gone, the watchdog
    /// writes a report and ends the job.
    ///
    /// The ranks are connected to rank 0 by TCP. A rank that has waited longer than it may tells rank 0. Rank 0 asks
    /// all ranks what they are doing, writes a report and ends the job. The thread sleeps, except for a few looks per
    /// second.
    final class Watchdog: @unchecked Sendable {
        /// A process has one at most, because signals and the exit belong to the process.
        nonisolated(unsafe) private static var current: Watchdog?
        /// The time between two looks.
        private static let milliseconds: Int32 = 200

        let rank: Int
        let host: String
        let limit: Double
        let activity: Activity
        private let signals: Int32
        /// What this rank's watchdog does among the others; nil until MPI has begun. Once it is set, only the thread
        /// uses it.
        private let role = Mutex<(any WatchRole)?>(nil)
        /// The number of collective calls after which this rank leaves, plus 1; 0 while it stays.
        private let leaving = Atomic<Int>(0)
        private let hasBegun = DispatchSemaphore(value: 0)
        private let allHaveLeft = DispatchSemaphore(value: 0)
        /// Whether MPI is finalized, so that no rank waits any more.
        private let isOver = Atomic<Bool>(false)
        /// Whether the cause of this rank's end has been told, and the time by which the rank must have ended.
        private let isTold = Atomic<Bool>(false)
        private let endsBy = Atomic<UInt64>(Double.infinity.bitPattern)
        /// Since when the thread has looked as often as it should. If the whole job was stopped, no rank has waited
        /// meanwhile.
        private var awakeSince = monotonicSeconds()
        private var lastLook = monotonicSeconds()

        /// Begins to watch, before MPI begins.
        init(rank: Int, host: String, limit: Double, activity: Activity) {
            (self.rank, self.host, self.limit, self.activity) = (rank, host, limit, activity)
            signals = ls_signals_watch("rank \(rank) on \(host) was ended by a signal\n")
            Self.current = self
            activity.enter(.start)
            startThread { self.run() }
        }

        /// Called when MPI has begun, so that the ranks know one another. Returns when they are connected, or after 2
        /// seconds.
        func begin(_ role: any WatchRole) {
            // MPI has installed signal handlers. They say where in the program a signal has come.
            ls_signals_catch()
            self.role.withLock { $0 = role }
            ls_signals_wake()
            _ = hasBegun.wait(timeout: .now() + 2)
            activity.enter(.program)
        }

        /// Called when this rank ends the job and has said why.
        func abort() {
            isTold.store(true, ordering: .relaxed)
            endsBy.store((monotonicSeconds() + 5).bitPattern, ordering: .relaxed)
        }

        /// Called as the process exits.
        static func exit(status: Int32, isFinalized: Bool) {
            guard let current, current.role.withLock({ $0 != nil }) || status != 0 else { return }
            if isFinalized {
                current.activity.end()
                current.isOver.store(true, ordering: .relaxed)
            } else if status == 0 {
                current.leave()
            } else {
                current.fail(status)
            }
        }

        /// Returns when all ranks have reached their end. MPI would wait for them too. But if the job ends in another
        /// way while a rank is in MPI's own finalization, mpirun may hang.
        private func leave() {
            let calls = activity.callsDone
            activity.enter(.end)
            activity.begin(.end, 0)
            leaving.store(calls + 1, ordering: .relaxed)
            ls_signals_wake()
            allHaveLeft.wait()
        }

        private func fail(_ status: Int32) {
            guard !isTold.load(ordering: .relaxed) else { return }
            // If all ranks end like this, one message is enough: mpirun ends the others when rank 0 has ended.
            if rank > 0 { usleep(300_000) }
            tell("rank \(rank) on \(host): ended with exit status \(status), in \(activity.reading)")
        }

        /// Writes a line or a page to standard error in one piece.
        func tell(_ text: String) {
            let bytes = Array((text + "\n").utf8)
            _ = write(STDERR_FILENO, bytes, bytes.count)
        }

        /// Ends this process; mpirun then ends the job. MPI is not called, because another thread may be inside MPI.
        func end() -> Never {
            usleep(200_000)  // for mpirun to pass on what was said
            _exit(1)
        }

        private func run() {
            var callsAtEnd: Int?
            var (isBegun, isLetGo) = (false, false)
            while !isOver.load(ordering: .relaxed) {
                let descriptors = role.withLock { $0 }?.descriptors ?? []
                var requests = ([signals] + descriptors).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
                poll(&requests, nfds_t(requests.count), Self.milliseconds)
                answerSignals()
                let now = monotonicSeconds()
                if now - lastLook > 5 { awakeSince = now }
                lastLook = now
                if let role = role.withLock({ $0 }) {
                    if leaving.load(ordering: .relaxed) > 0, callsAtEnd == nil {
                        callsAtEnd = leaving.load(ordering: .relaxed) - 1
                        role.leave(after: callsAtEnd!)
                    }
                    role.turn(now)
                    if !isBegun {
                        isBegun = true
                        hasBegun.signal()
                    }
                    if callsAtEnd != nil, !isLetGo, role.allHaveLeft {
                        isLetGo = true
                        allHaveLeft.signal()
                    }
                } else if waitsTooLong {
                    tell(
                        "rank \(rank) on \(host) has waited \(Int(limit)) s for MPI to begin: another rank has not begun, or hosts cannot "
                            + "reach one another; raise LOCKSTEP_STALL_LIMIT if the wait was right")
                    end()
                }
                if now > Double(bitPattern: endsBy.load(ordering: .relaxed)) { _exit(1) }
            }
        }

        /// Whether this rank has waited for others longer than it may. Only the thread uses it.
        var waitsTooLong: Bool {
            guard let waited = activity.waited else { return false }
            return min(waited, lastLook - awakeSince) > limit
        }

        private func answerSignals() {
            var number: UInt8 = 0
            while read(signals, &number, 1) == 1 {
                guard number > 0 else { continue }
                let name = strsignal(Int32(number)).map { String(cString: $0) } ?? "unknown"
                let cause = TrapMessage.spoken.map { "\($0); " } ?? ""
                tell("rank \(rank) on \(host): \(cause)ended by signal \(number) (\(name)), in \(activity.reading)")
                ls_signals_told()
            }
        }
    }

    /// What the watchdog of a rank does among those of the others. Only its thread uses it.
    protocol WatchRole: AnyObject, Sendable {
        /// The descriptors that it reads from.
        var descriptors: [Int32] { get }
        /// Handles what has come or is due.
        func turn(_ now: Double)
        /// Called when this rank ends as it should, after `calls` collective calls.
        func leave(after calls: Int)
        /// Whether all ranks have reached their end, as far as this rank can know.
        var allHaveLeft: Bool { get }
    }
#endif
