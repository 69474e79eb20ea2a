import LockstepCompute

/// The sum of one segment over the nodes, on its way: a schedule at work. Nothing in it waits; whoever has time calls `advance`.
///
/// One thread at a time may call it.
final class SegmentReduction {
    /// What is summed, and where what is gathered goes: the sums themselves, or what became of them.
    struct Memory {
        let sums: FloatBuffer
        let gathered: FloatBuffer
        /// Elements before the segment's own first one, in either buffer.
        let sumsOffset: Int
        let gatheredOffset: Int
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
    ///   - wire: for sums; values that became of them travel as they are.
    ///   - gathersSums: whether sums are gathered, as soon as they are there; if not, what becomes of them is, by `startGather`.
    ///   - add: the sum of the first two into the third.
    init(
        _ schedule: ReductionSchedule, range: Range<Int>, memory: Memory, owners: [Int], tag: Int, wire: WireFormat, gathersSums: Bool,
        communicator: any Communicator, add: @escaping (Tensor, Tensor, Tensor) -> Void
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
            StageViews.Part(
                sum: Tensor(memory.sums, at: memory.sumsOffset + part.lowerBound, shape: [part.count]),
                gathered: Tensor(memory.gathered, at: memory.gatheredOffset + part.lowerBound, shape: [part.count]),
                residual: residual.map { Tensor($0.buffer, at: part.lowerBound - range.lowerBound, shape: [part.count]) })
        }
        stages = schedule.stages.map { stage in StageViews(stage, way: schedule.way, wire: wire, part: part) }
        result = part(schedule.result)
    }

    private var gatheredWire: WireFormat { gathersSums ? wire : .float32 }

    /// Nothing is on its way: this node's part has its sum over all nodes, and all have what was to be gathered if that was asked for.
    var rests: Bool { phase == .summed || phase == .complete || phase == .idle }
    var isSummed: Bool { phase == .summed }
    var isComplete: Bool { phase == .complete }

    func start() throws(ClusterError) {
        precondition(phase == .idle || phase == .complete, "a reduction that is under way was started")
        phase = .scattering(0)
        try beginScatter(0)
    }

    /// Begins to gather what became of the sums, after `isSummed`.
    func startGather() throws(ClusterError) {
        precondition(phase == .summed, "a reduction gathers before it has summed")
        if gatheredWire != .float32, let stage = stages.last {
            // All nodes go on with what the others receive.
            gatheredWire.encode(result.gathered, residual: result.residual, into: stage.encoded[stage.own])
            gatheredWire.decode(stage.encoded[stage.own], into: result.gathered)
        }
        phase = .gathering(stages.count - 1)
        try beginGather(stages.count - 1)
    }

    /// Goes on as far as what has arrived allows; returns whether that was anywhere.
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

    private func exchange(_ stage: Int, send: (Int) -> Tensor, receive: (Int) -> Tensor) throws(ClusterError) {
        let stage = stages[stage]
        for peer in stage.others {
            let place = receive(peer)
            if place.count > 0 { transfers.append(try communicator.receive(into: place, from: owners[stage.nodes[peer]], tag: tag)) }
        }
        for peer in stage.others {
            let message = send(peer)
            if message.count > 0 { transfers.append(try communicator.send(message, to: owners[stage.nodes[peer]], tag: tag)) }
        }
    }

    private func beginScatter(_ number: Int) throws(ClusterError) {
        let stage = stages[number]
        if wire == .float32 {
            try exchange(number, send: { stage.parts[$0].sum }, receive: { stage.slots[$0] })
        } else {
            for peer in stage.others { wire.encode(stage.parts[peer].sum, residual: stage.parts[peer].residual, into: stage.encoded[peer]) }
            try exchange(number, send: { stage.encoded[$0] }, receive: { stage.receivedSums[$0] })
        }
    }

    private func beginGather(_ number: Int) throws(ClusterError) {
        let stage = stages[number]
        let own = stage.parts[stage.own].gathered
        if gatheredWire == .float32 {
            try exchange(number, send: { _ in own }, receive: { stage.parts[$0].gathered })
        } else {
            gatheredWire.encode(own, residual: nil, into: stage.encoded[stage.own])
            try exchange(number, send: { _ in stage.encoded[stage.own] }, receive: { stage.receivedParts[$0] })
        }
    }

    /// Adds up in the order of the group's nodes, so that the order does not depend on who sums.
    private func sum(_ number: Int) {
        let stage = stages[number]
        let target = stage.parts[stage.own].sum
        if wire != .float32 { for peer in stage.others { wire.decode(stage.receivedSums[peer], into: stage.slots[peer]) } }
        var sum = stage.own == 0 ? target : stage.slots[0]
        for peer in stage.nodes.indices.dropFirst() {
            let next = peer == stage.own ? target : stage.slots[peer]
            let out = peer == stage.own ? target : sum
            add(sum, next, out)
            sum = out
        }
    }
}
