import LockstepCompute

/// The reduction of one step's totals: the ranks' sums of loss and metrics.
///
/// On one node, every rank adds its neighbours' totals. On several nodes, the first rank of each node does, and the
/// first ranks exchange their sums.
final class TotalsSum {
    private let shared: NodeMemory
    private let map: NodeMap
    /// Over the first ranks of the nodes; nil on one node and on other ranks.
    private let reduction: SegmentReduction?
    private var totals: [Double]
    private var scratch: [Double]
    private(set) var isKnown = false
    /// Whether all neighbours have announced their totals, so that this rank need not look again.
    private(set) var isUnderWay = false

    init(_ shared: NodeMemory, map: NodeMap, count: Int, link: LinkModel?, communicator: any Communicator) {
        self.shared = shared
        self.map = map
        totals = Array(repeating: 0, count: count)
        scratch = totals
        let range = 0..<shared.allTotals.count
        reduction = link.flatMap { link in
            guard map.place == 0 else { return nil }
            let radices = ReductionSchedule(
                range, node: map.node, nodes: map.members.count, bytes: 4, link: link, needsParts: false
            ).stages.map(\.nodes.count)
            let offset = shared.allTotals.offset
            let memory = SegmentReduction.Memory(
                buffer: shared.allTotals.buffer, sums: [offset], total: offset, gathered: offset)
            return SegmentReduction(
                ReductionSchedule(range, node: map.node, way: .whole, radices: radices), range: range, memory: memory,
                owners: map.members.map { $0[0] }, tag: Self.tag, wire: .float32, gathersSums: true,
                communicator: communicator,
                add: addDoubles)
        }
    }

    /// The tag of messages of totals. The tags of segments follow it.
    static let tag = 1

    /// Whether the first total, the loss, is a number.
    var areFinite: Bool { totals[0].isFinite }

    /// Continues without waiting, after all neighbours have announced their totals; returns whether it could do
    /// anything.
    func progress(step: UInt32, network: ProgressThread?) throws(ClusterError) -> Bool {
        guard let network else {
            addNeighbours()
            isKnown = true
            return true
        }
        if let reduction {
            if !isUnderWay {
                addNeighbours()
                shared.allTotals.storeDoubles(totals)
                isUnderWay = true
                try network.start(reduction)
                return true
            }
            guard try network.isComplete(reduction) else { return false }
            shared.known.set(step &+ 1)
        } else {
            isUnderWay = true
            guard shared.known.hasReached(step &+ 1) else { return false }
        }
        shared.allTotals.loadDoubles(into: &totals)
        isKnown = true
        return true
    }

    func load(into totals: inout [Double]) { for index in totals.indices { totals[index] = self.totals[index] } }

    func reset() {
        isKnown = false
        isUnderWay = false
    }

    private func addNeighbours() {
        for index in totals.indices { totals[index] = 0 }
        for place in map.neighbours.indices {
            shared.totals(place).loadDoubles(into: &scratch)
            for index in totals.indices { totals[index] += scratch[index] }
        }
    }
}
