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

    /// Watches over the job from a thread of this rank, beside MPI: so that a rank that waits too long, or is gone,
    /// becomes a report and the end of the job.
    ///
    /// The ranks are connected to rank 0 by TCP. Who has waited longer than it may tells rank 0, which asks all what
    /// they do, writes a page and ends the job. The thread sleeps but for a few looks a second.
    final class Watchdog: @unchecked Sendable {
        /// A process has one at most, for signals and the exit are the process's.
        nonisolated(unsafe) private static var current: Watchdog?
        /// How often it looks.
        private static let milliseconds: Int32 = 200

        let rank: Int
        let host: String
        let limit: Double
        let activity: Activity
        private let signals: Int32
        /// What this rank does beside the others: nil until MPI has begun. The thread's own once it is set.
        private let role = Mutex<(any WatchRole)?>(nil)
        /// The calls this rank leaves after, plus one; 0 while it stays.
        private let leaving = Atomic<Int>(0)
        private let hasBegun = DispatchSemaphore(value: 0)
        private let allHaveLeft = DispatchSemaphore(value: 0)
        /// MPI is finalized, so that nobody waits any more.
        private let isOver = Atomic<Bool>(false)
        /// The cause of this rank's end has been told, and when it must have ended.
        private let isTold = Atomic<Bool>(false)
        private let endsBy = Atomic<UInt64>(Double.infinity.bitPattern)
        /// Since when the thread has looked as often as it should: a job that was stopped as a whole has not waited
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

        /// MPI has begun: the ranks know of one another. Returns when they are connected, or cannot be within moments.
        func begin(_ role: any WatchRole) {
            // MPI has put handlers in place, which say where in the program a signal has come.
            ls_signals_catch()
            self.role.withLock { $0 = role }
            ls_signals_wake()
            _ = hasBegun.wait(timeout: .now() + 2)
            activity.enter(.program)
        }

        /// This rank ends the job, and has said why.
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

        /// Returns when all ranks have come as far. MPI would wait for them too; but a job that ends otherwise while a
        /// rank is in MPI's own end can leave mpirun hanging.
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
            // If all end so it is said once, as mpirun ends the others when rank 0 has ended.
            if rank > 0 { usleep(300_000) }
            tell("rank \(rank) on \(host): ended with exit status \(status), in \(activity.reading)")
        }

        /// Writes a line or a page to standard error in one piece.
        func tell(_ text: String) {
            let bytes = Array((text + "\n").utf8)
            _ = write(STDERR_FILENO, bytes, bytes.count)
        }

        /// Ends this process, by which mpirun ends the job; not by MPI, in which another thread may be.
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

        /// Whether this rank has waited longer for others than it may; for the thread's use.
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

    /// What the watchdog of a rank does beside the others'; used by its thread alone.
    protocol WatchRole: AnyObject, Sendable {
        /// What it reads from.
        var descriptors: [Int32] { get }
        /// Looks after whatever has come or is due.
        func turn(_ now: Double)
        /// This rank ends as it should, after so many calls of all ranks.
        func leave(after calls: Int)
        /// Whether all ranks have come to their end, as far as that can be known.
        var allHaveLeft: Bool { get }
    }
#endif
