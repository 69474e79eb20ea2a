import LockstepCompute

/// The memory that a stage works with, made once.
struct StageViews {
    struct Part {
        let sum: Tensor
        let gathered: Tensor
        let residual: Tensor?
    }

    let nodes: [Int]
    let own: Int
    /// The places of the other nodes of the group.
    let others: [Int]
    let parts: [Part]
    /// For each node of the group, what it sends for this node's part; empty for this node itself.
    let slots: [Tensor]
    /// Messages in a format of their own: to each node of the group, and from each, for this node's part and of its own part.
    let encoded: [Tensor]
    let receivedSums: [Tensor]
    let receivedParts: [Tensor]

    init(_ stage: ReductionSchedule.Stage, way: ReductionSchedule.Way, wire: WireFormat, part: (Range<Int>) -> Part) {
        nodes = stage.nodes
        own = stage.own
        others = stage.nodes.indices.filter { $0 != stage.own }
        parts = stage.parts.map(part)
        func memory(_ counts: [Int]) -> [Tensor] {
            let buffer = FloatBuffer(count: counts.reduce(0) { $0 + FloatBuffer.aligned($1) })
            var offset = 0
            return counts.map { count in
                defer { offset += FloatBuffer.aligned(count) }
                return Tensor(buffer, at: offset, shape: [count])
            }
        }
        let size = stage.parts[stage.own].count
        slots = memory(stage.nodes.indices.map { $0 == stage.own ? 0 : size })
        let isEncoded = wire != .float32
        encoded = memory(stage.parts.map { isEncoded ? wire.floats(for: $0.count) : 0 })
        receivedSums = memory(stage.parts.map { _ in isEncoded ? wire.floats(for: size) : 0 })
        receivedParts = memory(stage.parts.map { isEncoded ? wire.floats(for: $0.count) : 0 })
    }
}
