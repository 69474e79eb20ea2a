import LockstepCompute

/// Fills memory with NaN when a step does not read it any more, for tests. An operation that reads it by mistake then
/// gives NaN. Every tensor has a place of its own, because the values of another tensor would hide the mistake.
final class DeadMemory {
    /// The memory outside the inputs, which is dead before a step begins.
    private let others: [Tensor]
    /// Tensors with the moment after which each is dead, in ascending order.
    private let ends: [(time: Int, tensor: Tensor)]
    private var next = 0

    init(_ requests: [MemoryMap.Request], offsets: [Int], size: Int, memory: FloatBuffer) {
        func tensor(_ range: Range<Int>) -> Tensor { Tensor(memory, at: range.lowerBound, shape: [range.count]) }
        var others: [Tensor] = []
        var end = 0
        for number in requests.indices.filter({ requests[$0].from == 0 }).sorted(by: { offsets[$0] < offsets[$1] }) {
            if offsets[number] > end { others.append(tensor(end..<offsets[number])) }
            end = max(end, offsets[number] + requests[number].count)
        }
        if size > end { others.append(tensor(end..<size)) }
        self.others = others
        ends = requests.indices.map { (requests[$0].until, tensor(offsets[$0]..<offsets[$0] + requests[$0].count)) }
            .sorted { $0.0 < $1.0 }
    }

    /// A forward begins, for which the inputs have been written.
    func begin() {
        for tensor in others { tensor.fill(.nan) }
        next = 0
    }

    /// Everything up to a moment is done.
    func pass(_ time: Int) {
        while next < ends.count, ends[next].time <= time {
            ends[next].tensor.fill(.nan)
            next += 1
        }
    }
}
