#if MPI
    import LockstepCluster
    import LockstepCompute

    #if canImport(Glibc)
        import Glibc
    #else
        import Darwin
    #endif

    /// What the watchdog of rank 0 does: it listens to all others. When a rank waits too long or is gone, it says so
    /// and ends the job.
    final class Watcher: WatchRole, @unchecked Sendable {
        /// Another rank.
        private struct Member {
            let connection: Connection
            let host: String
            let processID: Int
            var callsAtEnd: Int?
            /// When its connection ended without a farewell.
            var lost: Double?
            var isTold = false
        }

        private let watchdog: Watchdog
        private let size: Int
        private let listener: Socket
        let meeting: Meeting
        /// Connections that have not yet said which rank they belong to, with the time when they came.
        private var strangers: [(connection: Connection, rank: Int?, since: Double)] = []
        private var members: [Int: Member] = [:]
        private var inquiry: Inquiry?
        private var lastInquiry = 0.0
        private var isAlarmed = false
        private let start = monotonicSeconds()
        private var callsAtEnd: Int?
        private(set) var allHaveLeft = false
        private var ownAddress: String?
        private var endsBy = Double.infinity

        /// Nil if nobody can connect to this process.
        init?(_ watchdog: Watchdog, size: Int) {
            Socket.allow(size)
            guard let (listener, port) = Socket.listening() else { return nil }
            self.watchdog = watchdog
            self.size = size
            self.listener = listener
            meeting = Meeting(host: watchdog.host, port: port)
        }

        var descriptors: [Int32] {
            [listener.descriptor] + strangers.map(\.connection.socket.descriptor)
                + members.values.filter { $0.connection.end == nil }.map(\.connection.socket.descriptor)
        }

        func leave(after calls: Int) { callsAtEnd = calls }

        /// Tells the others when all ranks have reached their end. It does not wait for ranks that cannot connect.
        private func letGo(_ now: Double) {
            guard let callsAtEnd, !allHaveLeft, members.values.allSatisfy({ $0.callsAtEnd != nil }) else { return }
            guard members.count == size - 1 || now > start + 2 * Double(Watched.attempts) else { return }
            allHaveLeft = true
            for member in members.values { member.connection.send(.farewell(calls: callsAtEnd)) }
        }

        func turn(_ now: Double) {
            while let socket = listener.accept() { strangers.append((Connection(socket), nil, now)) }
            admit(now)
            for rank in members.keys.sorted() { listen(to: rank, now) }
            tellLosses(now)
            inquire(now)
            letGo(now)
            if now > endsBy { watchdog.end() }
        }

        /// Admits the ranks that know the secret and say that they will use the connection.
        private func admit(_ now: Double) {
            var waiting = strangers
            strangers = []
            for index in waiting.indices {
                for message in waiting[index].connection.messages() {
                    switch message {
                    case .hello(meeting.secret, let rank) where (1..<size).contains(rank):
                        waiting[index].rank = rank
                        waiting[index].connection.send(.welcome(secret: meeting.answer))
                    case .join(let host, let processID):
                        guard let rank = waiting[index].rank else { continue }
                        let connection = waiting[index].connection
                        ownAddress = ownAddress ?? connection.ownAddress
                        let address = connection.otherAddress.map { " (\($0))" } ?? ""
                        members[rank] = Member(connection: connection, host: host + address, processID: processID)
                        waiting[index].since = -.infinity
                    case .farewell(let calls):
                        if let rank = waiting[index].rank { members[rank]?.callsAtEnd = calls }
                    default: break
                    }
                }
            }
            strangers = waiting.filter { $0.connection.end == nil && now < $0.since + 10 }
        }

        private func listen(to rank: Int, _ now: Double) {
            guard let connection = members[rank]?.connection else { return }
            for message in connection.messages() {
                switch message {
                case .alarm: isAlarmed = true
                case .answer(let state): inquiry?.answers[rank] = state
                case .farewell(let calls): members[rank]?.callsAtEnd = calls
                default: break
                }
            }
            if connection.end != nil, members[rank]?.callsAtEnd == nil, members[rank]?.lost == nil {
                members[rank]?.lost = now
            }
        }

        /// Reports ranks that are gone. If a host is gone, it says so at once, and mpirun gets some seconds to notice
        /// it too. If a process is gone, mpirun says so and ends the job within moments; if mpirun does not, this rank
        /// does.
        private func tellLosses(_ now: Double) {
            for (rank, member) in members.sorted(by: { $0.key < $1.key }) where !member.isTold {
                guard let lost = member.lost else { continue }
                let isGone = member.connection.end == .unreachable
                guard isGone || now > lost + 3 else { continue }
                members[rank]?.isTold = true
                watchdog.tell(
                    "rank \(rank) on \(member.host): "
                        + (isGone
                            ? "its host or the network is gone"
                            : "its process \(member.processID) has ended while the job goes on"))
                endsBy = min(endsBy, now + (isGone ? 3 : 0.3))
            }
        }

        /// Asks all ranks what they are doing, if a rank waits too long. It also asks, again and again, while some
        /// ranks have left and others have not.
        private func inquire(_ now: Double) {
            guard endsBy == .infinity else { return }
            if let inquiry {
                guard inquiry.answers.count == members.count || now > inquiry.deadline else { return }
                judge(inquiry)
                self.inquiry = nil
                lastInquiry = now
                return
            }
            let left = members.values.filter { $0.callsAtEnd != nil }.count + (callsAtEnd == nil ? 0 : 1)
            let isLate = isAlarmed || watchdog.waitsTooLong
            guard
                isLate && (isAlarmed || now > lastInquiry + watchdog.limit)
                    || left > 0 && left < size && now > lastInquiry + 0.5
            else {
                return
            }
            inquiry = Inquiry(isLoud: isLate, deadline: now + 2)
            isAlarmed = false
            for member in members.values { member.connection.send(.question) }
        }

        private func judge(_ inquiry: Inquiry) {
            let address = ownAddress.map { " (\($0))" } ?? ""
            let own = RankState(
                watchdog.activity.reading, rank: 0, host: watchdog.host + address, processID: Int(getpid()))
            let states =
                [own]
                + (1..<size).map { rank in
                    inquiry.answers[rank]
                        ?? RankState(
                            silent: rank, host: members[rank]?.host ?? "?", processID: members[rank]?.processID ?? 0)
                }
            var exits = members.compactMapValues(\.callsAtEnd)
            exits[0] = callsAtEnd
            if let line = StallReport.exit(exits, states) {
                end(telling: line)
            } else if inquiry.isLoud {
                let report = StallReport(states, limit: watchdog.limit)
                if report.isStall { end(telling: "\(report)") }
            }
        }

        private func end(telling text: String) {
            watchdog.tell(text)
            for member in members.values { member.connection.send(.over) }
            watchdog.end()
        }

        /// A question to all ranks.
        private struct Inquiry {
            /// Whether a rank waits too long.
            let isLoud: Bool
            let deadline: Double
            var answers: [Int: RankState] = [:]
        }
    }
#endif
