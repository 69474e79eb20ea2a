import LockstepCompute

/// The reduction of one segment over the nodes, as its schedule says. It never waits: any thread that has time calls
/// `advance`.
///
/// One thread at a time may call it.
final class SegmentReduction {
    /// Where the sums of this node lie, where their total goes, and where the gathered elements go. These are the
    /// totals, or the weights that were updated with them.
    struct Memory {
        let buffer: FloatBuffer
        /// Offsets in `buffer`, to which the indices of the segment's range are added: of each sum that this node
        /// brings, of the total, and of what is gathered.
        let sums: [Int]
        let total, gathered: Int
    }

    private enum Phase: Equatable {
        case idle
        case scattering(Int)
        case summed
        case gathering(Int)
        case complete
    }

    private let schedule: ReductionSchedule
    private let stages: [StageViews]
    private let result: StageViews.Part
    /// For each node, the rank that owns the segment.
    private let owners: [Int]
    private let tag: Int
    private let wire: WireFormat
    private let gathersSums: Bool
    private let residual: Tensor?
    private let communicator: any Communicator
    private let add: (Tensor, Tensor, Tensor) -> Void
    private var phase = Phase.idle
    private var transfers: [any Transfer] = []

    /// - Parameters:
    ///   - order: the sums that the nodes bring, for a schedule of one stage; nil: one sum of each node, in the order
    ///     of the stages.
    ///   - wire: the format of sums. Updated weights travel as float32.
    ///   - gathersSums: whether sums are gathered as soon as they are complete. If not, `startGather` gathers the
    ///     weights that were updated with them.
    ///   - add: writes the sum of the first two into the third.
    init(
        _ schedule: ReductionSchedule, range: Range<Int>, memory: Memory, order: StageOrder? = nil, owners: [Int],
        tag: Int,
        wire: WireFormat, gathersSums: Bool, communicator: any Communicator,
        add: @escaping (Tensor, Tensor, Tensor) -> Void
    ) {
        self.schedule = schedule
        self.owners = owners
        self.tag = tag
        self.wire = wire
        self.gathersSums = gathersSums
        self.communicator = communicator
        self.add = add
        let residual = wire == .float32 ? nil : Tensor(FloatBuffer(count: range.count), shape: [range.count])
        self.residual = residual
        func part(_ part: Range<Int>) -> StageViews.Part {
            func tensor(_ offset: Int) -> Tensor {
                Tensor(memory.buffer, at: offset + part.lowerBound, shape: [part.count])
            }
            return StageViews.Part(
                sums: memory.sums.map(tensor), total: tensor(memory.total), gathered: tensor(memory.gathered),
                residual: residual.map {
                    Tensor($0.buffer, at: part.lowerBound - range.lowerBound, shape: [part.count])
                })
        }
        stages = schedule.stages.map { stage in
            StageViews(
                stage, way: schedule.way, wire: wire, order: order ?? StageOrder(radix: stage.nodes.count), part: part)
        }
        result = part(schedule.result)
    }

    private var gatheredWire: WireFormat { gathersSums ? wire : .float32 }

    /// Whether nothing is on its way: nothing was started; or this node's part is summed over all nodes and no gather
    /// was asked for; or all nodes have what was gathered.
    var rests: Bool { phase == .summed || phase == .complete || phase == .idle }
    var isSummed: Bool { phase == .summed }
    var isComplete: Bool { phase == .complete }

    func start() throws(ClusterError) {
        precondition(rests, "a reduction that is under way was started")
        phase = .scattering(0)
        try beginScatter(0)
    }

    /// Begins to gather what this node's part holds, while nothing is on its way.
    func startGather() throws(ClusterError) {
        precondition(rests, "a reduction that is under way gathers")
        if gatheredWire != .float32, let stage = stages.last {
            // This node must continue with the rounded values that the others receive.
            gatheredWire.encode(result.gathered, residual: result.residual, into: stage.encoded[stage.own])
            gatheredWire.decode(stage.encoded[stage.own], into: result.gathered)
        }
        phase = .gathering(stages.count - 1)
        try beginGather(stages.count - 1)
    }

    /// Goes to the next stage if all messages of this one have arrived; returns whether it did.
    func advance() throws(ClusterError) -> Bool {
        switch phase {
        case .idle, .summed, .complete: return false
        case .scattering(let stage):
            guard try transfersAreDone() else { return false }
            sum(stage)
            if stage + 1 < stages.count {
                phase = .scattering(stage + 1)
                try beginScatter(stage + 1)
            } else {
                phase = schedule.way == .whole ? .complete : .summed
                if gathersSums, phase == .summed { try startGather() }
            }
        case .gathering(let stage):
            guard try transfersAreDone() else { return false }
            if gatheredWire != .float32 {
                for peer in stages[stage].others {
                    gatheredWire.decode(stages[stage].receivedParts[peer], into: stages[stage].parts[peer].gathered)
                }
            }
            if stage > 0 {
                phase = .gathering(stage - 1)
                try beginGather(stage - 1)
            } else {
                phase = .complete
            }
        }
        return true
    }

    private func transfersAreDone() throws(ClusterError) -> Bool {
        while let transfer = transfers.last {
            guard try transfer.isDone() else { return false }
            transfers.removeLast()
        }
        return true
    }

    private func receive(into place: Tensor, from node: Int) throws(ClusterError) {
        if place.count > 0 { transfers.append(try communicator.receive(into: place, from: owners[node], tag: tag)) }
    }

    private func send(_ message: Tensor, to node: Int) throws(ClusterError) {
        if message.count > 0 { transfers.append(try communicator.send(message, to: owners[node], tag: tag)) }
    }

    private func beginScatter(_ number: Int) throws(ClusterError) {
        let stage = stages[number]
        for peer in stage.others {
            if wire == .float32 {
                for slot in stage.slots[peer] { try receive(into: slot, from: stage.nodes[peer]) }
            } else {
                wire.encode(stage.parts[peer].sums[0], residual: stage.parts[peer].residual, into: stage.encoded[peer])
                try receive(into: stage.receivedSums[peer], from: stage.nodes[peer])
            }
        }
        for peer in stage.others {
            if wire == .float32 {
                for sum in stage.parts[peer].sums { try send(sum, to: stage.nodes[peer]) }
            } else {
                try send(stage.encoded[peer], to: stage.nodes[peer])
            }
        }
    }

    private func beginGather(_ number: Int) throws(ClusterError) {
        let stage = stages[number]
        let own = stage.parts[stage.own].gathered
        let isPlain = gatheredWire == .float32
        if !isPlain { gatheredWire.encode(own, residual: nil, into: stage.encoded[stage.own]) }
        for peer in stage.others {
            try receive(into: isPlain ? stage.parts[peer].gathered : stage.receivedParts[peer], from: stage.nodes[peer])
        }
        for peer in stage.others { try send(isPlain ? own : stage.encoded[stage.own], to: stage.nodes[peer]) }
    }

    /// Adds in an order that does not depend on the node that sums.
    private func sum(_ number: Int) {
        let stage = stages[number]
        if wire != .float32 {
            for peer in stage.others { wire.decode(stage.receivedSums[peer], into: stage.slots[peer][0]) }
        }
        for addition in stage.additions { add(addition.x, addition.y, addition.out) }
        if let only = stage.copied { stage.parts[stage.own].total.assign(only) }
    }
}
