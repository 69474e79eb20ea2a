import LockstepCompute

/// For tests: fills what a step does not read any more with NaN, so that an operation that reads it after all gives
/// itself away. Every tensor has a place of its own then, for another tensor's values would hide that.
final class DeadMemory {
    /// What lies outside the inputs, before a step begins.
    private let others: [Tensor]
    /// Tensors by the moment after which they are dead, the first first.
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

    /// What is done at a moment is done.
    func pass(_ time: Int) {
        while next < ends.count, ends[next].time <= time {
            ends[next].tensor.fill(.nan)
            next += 1
        }
    }
}
