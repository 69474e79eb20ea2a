import LockstepCompute

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The messages from one rank to another with one tag.
struct Mailbox: Hashable {
    let sender, receiver, tag: Int
}

/// The place where the threads of a cluster meet: every rank brings a contribution, and gets those of all ranks.
final class Rendezvous: @unchecked Sendable {
    /// The call of a rank and its data. All ranks must make the same call.
    struct Contribution {
        let call: String
        let floats: [Float]
        let doubles: [Double]
        let bytes: [UInt8]

        init(_ call: String, floats: [Float] = [], doubles: [Double] = [], bytes: [UInt8] = []) {
            self.call = call
            self.floats = floats
            self.doubles = doubles
            self.bytes = bytes
        }
    }

    /// Messages by their numbers, how many were sent, and how many were asked for.
    private struct Mail {
        var messages: [Int: [Float]] = [:]
        var sent = 0
        var wanted = 0
    }

    let size: Int
    /// What each rank is doing.
    let activities: [Activity]
    private let stallLimit: Double
    private let condition = Condition()
    private var arrived: [Contribution?]
    private var published: [Contribution] = []
    private var round = 0
    private var departed: Set<Int> = []
    private var failure: ClusterError?
    /// Messages on their way.
    private var mail: [Mailbox: Mail] = [:]
    /// Memory that a rank made for others.
    private var deposits: [Int: FloatBuffer] = [:]
    /// For each rank, how often `check` was called since a rank last came to `meet`.
    private var vainChecks: [Int]

    /// - Parameter stallLimit: the seconds a rank may wait for others.
    init(size: Int, stallLimit: Double) {
        self.size = size
        self.stallLimit = stallLimit
        activities = (0..<size).map { _ in Activity() }
        arrived = Array(repeating: nil, count: size)
        vainChecks = Array(repeating: 0, count: size)
    }

    /// Collective: waits for all ranks and returns what they brought, in the order of the ranks.
    func meet(_ rank: Int, _ contribution: Contribution) throws(ClusterError) -> [Contribution] {
        try condition.locked { () throws(ClusterError) in
            let mine = round
            arrived[rank] = contribution
            vainChecks = Array(repeating: 0, count: size)
            if arrived.allSatisfy({ $0 != nil }) {
                published = arrived.map { $0! }
                let calls = published.map(\.call)
                if calls.contains(where: { $0 != calls[0] }) { failure = .mismatch(calls: calls) }
                arrived = Array(repeating: nil, count: size)
                round += 1
                condition.wakeAll()
            }
            while round == mine {
                if let rank = departed.min(), failure == nil {
                    failure = .rankLeft(rank: rank, waitingIn: contribution.call)
                }
                if let failure { throw failure }
                waitOrStall(rank)
            }
            if let failure { throw failure }
            return published
        }
    }

    func post(_ floats: [Float], in box: Mailbox) throws(ClusterError) {
        try condition.locked { () throws(ClusterError) in
            mail[box, default: Mail()].messages[mail[box, default: Mail()].sent] = floats
            mail[box]!.sent += 1
            condition.wakeAll()
        }
    }

    /// The number of the next message that nobody has asked for. The first receive gets the first message that was
    /// sent, even if a later receive completes before it.
    func reserve(in box: Mailbox) throws(ClusterError) -> Int {
        try condition.locked { () throws(ClusterError) in
            mail[box, default: Mail()].wanted += 1
            return mail[box]!.wanted - 1
        }
    }

    /// Takes a message from a box. If it has not arrived: nil, or with `waits` it waits for the message.
    func collect(_ number: Int, from box: Mailbox, waits: Bool) throws(ClusterError) -> [Float]? {
        try condition.locked { () throws(ClusterError) in
            while mail[box]?.messages[number] == nil {
                if let failure { throw failure }
                if departed.contains(box.sender) { throw .rankLeft(rank: box.sender, waitingIn: "receive") }
                guard waits else { return nil }
                waitOrStall(box.receiver)
            }
            return mail[box]?.messages.removeValue(forKey: number)
        }
    }

    func deposit(_ memory: FloatBuffer, of rank: Int) throws(ClusterError) {
        try condition.locked { () throws(ClusterError) in deposits[rank] = memory }
    }

    func deposit(of rank: Int) throws(ClusterError) -> FloatBuffer? {
        try condition.locked { () throws(ClusterError) in deposits[rank] }
    }

    /// Throws if a rank has ended, or has waited too long.
    ///
    /// It also throws if some ranks wait in a collective, and all others have called `check` so often that they will
    /// never call the collective.
    func check(_ rank: Int, waitingIn call: String) throws(ClusterError) {
        try condition.locked { () throws(ClusterError) in
            if let rank = departed.min(), failure == nil { failure = .rankLeft(rank: rank, waitingIn: call) }
            vainChecks[rank] += 1
            let isStuck = arrived.indices.allSatisfy { arrived[$0] != nil || vainChecks[$0] > 1000 }
            if isStuck, arrived.contains(where: { $0 != nil }) {
                failure = .mismatch(calls: arrived.map { $0?.call ?? call })
            }
            if failure == nil { noticeStall(of: rank) }
            if failure != nil { condition.wakeAll() }
            if let failure { throw failure }
        }
    }

    /// Only while locked: waits until something happens, at most as long as a rank may wait.
    private func waitOrStall(_ rank: Int) {
        condition.wait(seconds: max(stallLimit - (activities[rank].waited ?? 0), 0.001))
        noticeStall(of: rank)
    }

    /// Only while locked.
    private func noticeStall(of rank: Int) {
        guard failure == nil, let waited = activities[rank].waited, waited >= stallLimit else { return }
        let host = hostName()
        let states = activities.enumerated().map {
            RankState($1.reading, rank: $0, host: host, processID: Int(getpid()))
        }
        failure = .stalled(StallReport(states, limit: stallLimit))
        condition.wakeAll()
    }

    /// Tells the others that a rank has ended, so that none waits for it.
    func leave(_ rank: Int) {
        try? condition.locked { () throws(ClusterError) in
            departed.insert(rank)
            condition.wakeAll()
        }
    }
}
