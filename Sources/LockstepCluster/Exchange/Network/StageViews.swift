import LockstepCompute

/// The memory that a stage works with, made once.
struct StageViews {
    struct Part {
        /// What this node brings.
        let sums: [Tensor]
        /// Where the sum over the nodes goes.
        let total: Tensor
        let gathered: Tensor
        let residual: Tensor?
    }

    let nodes: [Int]
    let own: Int
    /// The places of the other nodes of the group.
    let others: [Int]
    let parts: [Part]
    /// For each node of the group, memory for the sums of this node's part that it sends; empty for this node itself.
    let slots: [[Tensor]]
    /// The additions of what all nodes bring, in order. All are in place except the last, which goes to `total`.
    let additions: [(x: Tensor, y: Tensor, out: Tensor)]
    /// The only operand, if there is nothing to add to it and it must be copied to `total`.
    let copied: Tensor?
    /// Messages in another format than float32: to each node of the group; from each node, its sums of this node's
    /// part; and from each node, its own part.
    let encoded: [Tensor]
    let receivedSums: [Tensor]
    let receivedParts: [Tensor]

    init(
        _ stage: ReductionSchedule.Stage, way: ReductionSchedule.Way, wire: WireFormat, order: StageOrder,
        part: (Range<Int>) -> Part
    ) {
        nodes = stage.nodes
        own = stage.own
        others = stage.nodes.indices.filter { $0 != stage.own }
        let parts = stage.parts.map(part)
        self.parts = parts
        func memory(_ counts: [Int]) -> [Tensor] {
            let buffer = FloatBuffer(count: counts.reduce(0) { $0 + FloatBuffer.aligned($1) })
            var offset = 0
            return counts.map { count in
                defer { offset += FloatBuffer.aligned(count) }
                return Tensor(buffer, at: offset, shape: [count])
            }
        }
        let size = stage.parts[stage.own].count
        let slots = stage.nodes.indices.map { peer in
            peer == stage.own ? [] : memory(Array(repeating: size, count: order.counts[peer]))
        }
        self.slots = slots
        let operands = stage.nodes.indices.flatMap { $0 == stage.own ? parts[$0].sums : slots[$0] }
        let pairs = order.additions.pairs
        let total = parts[stage.own].total
        additions = pairs.enumerated().map { index, pair in
            (operands[pair.sum], operands[pair.addend], index == pairs.count - 1 ? total : operands[pair.sum])
        }
        let only = order.additions.results.first.map { operands[$0.operand] }
        copied =
            pairs.isEmpty && (only.map { $0.buffer !== total.buffer || $0.offset != total.offset } ?? false)
            ? only : nil
        let isEncoded = wire != .float32
        encoded = memory(stage.parts.map { isEncoded ? wire.floats(for: $0.count) : 0 })
        receivedSums = memory(stage.parts.map { _ in isEncoded ? wire.floats(for: size) : 0 })
        receivedParts = memory(stage.parts.map { isEncoded ? wire.floats(for: $0.count) : 0 })
    }
}
