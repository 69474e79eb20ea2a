import LockstepCompute

/// Where the threads of a cluster meet: every rank brings a contribution, and all leave with everybody's.
final class Rendezvous: @unchecked Sendable {
    /// What a rank calls and brings. All ranks must bring the same call.
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

    let size: Int
    private let condition = Condition()
    private var arrived: [Contribution?]
    private var published: [Contribution] = []
    private var round = 0
    private var departed: Set<Int> = []
    private var failure: ClusterError?
    /// Messages on their way, by sender and receiver, in order.
    private var mail: [[[Float]]]

    init(size: Int) {
        self.size = size
        arrived = Array(repeating: nil, count: size)
        mail = Array(repeating: [], count: size * size)
    }

    /// Collective: waits for all ranks and returns what they brought, in the order of the ranks.
    func meet(_ rank: Int, _ contribution: Contribution) throws(ClusterError) -> [Contribution] {
        try condition.locked { () throws(ClusterError) in
            let mine = round
            arrived[rank] = contribution
            if arrived.allSatisfy({ $0 != nil }) {
                published = arrived.map { $0! }
                let calls = published.map(\.call)
                if calls.contains(where: { $0 != calls[0] }) { failure = .mismatch(calls: calls) }
                arrived = Array(repeating: nil, count: size)
                round += 1
                condition.wakeAll()
            }
            while round == mine {
                if let rank = departed.min(), failure == nil { failure = .rankLeft(rank: rank, waitingIn: contribution.call) }
                if let failure { throw failure }
                condition.wait()
            }
            if let failure { throw failure }
            return published
        }
    }

    func post(_ floats: [Float], from sender: Int, to receiver: Int) throws(ClusterError) {
        try condition.locked { () throws(ClusterError) in
            mail[sender * size + receiver].append(floats)
            condition.wakeAll()
        }
    }

    /// Waits for the next message from a rank.
    func collect(from sender: Int, to receiver: Int) throws(ClusterError) -> [Float] {
        try condition.locked { () throws(ClusterError) in
            while mail[sender * size + receiver].isEmpty {
                if let failure { throw failure }
                if departed.contains(sender) { throw .rankLeft(rank: sender, waitingIn: "receive") }
                condition.wait()
            }
            return mail[sender * size + receiver].removeFirst()
        }
    }

    /// Tells the others that a rank has ended, so that none waits for it.
    func leave(_ rank: Int) {
        try? condition.locked { () throws(ClusterError) in
            departed.insert(rank)
            condition.wakeAll()
        }
    }
}
