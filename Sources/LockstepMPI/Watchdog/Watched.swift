#if MPI
    import LockstepCluster

    #if canImport(Glibc)
        import Glibc
    #else
        import Darwin
    #endif

    /// What the watchdogs of all ranks but 0 do: they answer rank 0's questions, and tell rank 0 when their rank waits
    /// too long.
    final class Watched: WatchRole, @unchecked Sendable {
        /// How many times to try to connect, a second apart.
        static let attempts = 10

        private let watchdog: Watchdog
        private let meeting: Meeting
        private var connection: Connection?
        /// When to try to connect again, and how often it has been tried.
        private var nextAttempt = 0.0
        private var attempts = 0
        private(set) var allHaveLeft = false
        private var callsAtEnd: Int?
        /// When this rank told rank 0 that it waits, and when rank 0 last asked what it is doing.
        private var alarmed: Double?
        private var questioned = 0.0
        private var tellsAt = Double.infinity
        private var endsBy = Double.infinity

        init(_ watchdog: Watchdog, meeting: Meeting) {
            self.watchdog = watchdog
            self.meeting = meeting
        }

        var descriptors: [Int32] { connection.map { $0.end == nil ? [$0.socket.descriptor] : [] } ?? [] }

        func leave(after calls: Int) {
            callsAtEnd = calls
            connection?.send(.farewell(calls: calls))
        }

        func turn(_ now: Double) {
            if connection == nil { connect(now) }
            for message in connection?.messages() ?? [] { take(message, now) }
            if connection?.end != nil, !allHaveLeft, endsBy == .infinity { lose(now) }
            if watchdog.waitsTooLong { alarm(now) } else { alarmed = nil }
            if now > tellsAt { tellLoss() }
            if now > endsBy { watchdog.end() }
        }

        private func connect(_ now: Double) {
            guard now > nextAttempt, attempts < Self.attempts else { return }
            attempts += 1
            nextAttempt = now + 1
            connection = meeting.connect(rank: watchdog.rank)
            if let connection {
                connection.send(.join(host: watchdog.host, processID: Int(getpid())))
                if let callsAtEnd { connection.send(.farewell(calls: callsAtEnd)) }
            } else if attempts == Self.attempts {
                // Nothing to wait for.
                allHaveLeft = true
                watchdog.tell(
                    "warning: rank \(watchdog.rank) on \(watchdog.host) cannot connect to rank 0 on \(meeting.host), port \(meeting.port): "
                        + "if the job stalls, it will not be told who is missing")
            }
        }

        private func take(_ message: Message, _ now: Double) {
            switch message {
            case .question:
                questioned = now
                connection?.send(.answer(state))
            case .farewell: allHaveLeft = true
            // Rank 0 has said why; mpirun should end this rank sooner.
            case .over: endsBy = now + 3
            default: break
            }
        }

        private var state: RankState {
            let address = connection?.ownAddress.map { " (\($0))" } ?? ""
            return RankState(
                watchdog.activity.reading, rank: watchdog.rank, host: watchdog.host + address, processID: Int(getpid()))
        }

        /// Called when rank 0 is gone. If its host is gone, the ranks say so, one after another. If only its process is
        /// gone, mpirun says so and ends the job within moments.
        private func lose(_ now: Double) {
            endsBy = now + 3
            tellsAt = connection?.end == .unreachable ? now + min(0.25 * Double(watchdog.rank - 1), 2) : now + 2.5
        }

        private func tellLoss() {
            tellsAt = .infinity
            let address = connection?.otherAddress.map { " (\($0))" } ?? ""
            let isGone = connection?.end == .unreachable
            watchdog.tell(
                "rank 0 on \(meeting.host)\(address): "
                    + (isGone
                        ? "its host or the network is gone"
                        : "its process \(meeting.processID) has ended while the job goes on"))
        }

        /// Tells rank 0 that this rank waits too long. Rank 0 then asks all ranks. If it does not ask, it is stopped or
        /// cannot be reached, and this rank says what it knows.
        private func alarm(_ now: Double) {
            let isRepeated = alarmed.map { questioned >= $0 && now > $0 + max(watchdog.limit, 5) } ?? true
            if isRepeated {
                alarmed = now
                connection?.send(.alarm)
            }
            // The ranks do so one after another, because the first that ends also ends the others.
            guard let alarmed, endsBy == .infinity, questioned < alarmed,
                now > alarmed + 3 + 0.5 * Double(min(watchdog.rank, 10))
            else {
                return
            }
            if connection == nil {
                let waited = state
                watchdog.tell(
                    "stall: rank \(waited.rank) on \(waited.host) has waited \(Int(waited.seconds)) s in \(waited.wait?.call ?? "a call"), at "
                        + "\(waited.doing); it could not connect to rank 0, which would know who is missing")
            } else {
                let root = RankState(silent: 0, host: meeting.host, processID: meeting.processID)
                watchdog.tell("\(StallReport([root, state], limit: watchdog.limit))")
            }
            watchdog.end()
        }
    }
#endif
