import LockstepCompute

/// What the ranks of a node share: counters, totals, the weights once, and the gradients of each rank.
package struct NodeMemory {
    private let buffer: FloatBuffer
    private let ranks: Int
    private let totals: Int
    /// How many tensors of gradients a rank has: one for each part of its sums over rows.
    let parts: Int
    /// Elements of the arena.
    let count: Int

    /// How many elements the memory takes.
    package static func size(ranks: Int, parts: Int, count: Int, totals: Int) -> Int {
        2 * ranks * SharedCounter.stride + SharedCounter.stride + (ranks + 1) * Tensor.elements(ofDoubles: totals)
            + (ranks * parts + 1) * count
    }

    package init(_ buffer: FloatBuffer, ranks: Int, parts: Int, count: Int, totals: Int) {
        precondition(
            buffer.count == Self.size(ranks: ranks, parts: parts, count: count, totals: totals),
            "node memory of \(buffer.count) elements")
        self.buffer = buffer
        self.ranks = ranks
        self.parts = parts
        self.count = count
        self.totals = totals
    }

    /// How many announcements a rank has made. In every step, it announces its totals, then its buckets.
    func announced(_ place: Int) -> SharedCounter { SharedCounter(buffer, at: 2 * place * SharedCounter.stride) }
    /// In how many steps a rank has finished its part.
    func finished(_ place: Int) -> SharedCounter { SharedCounter(buffer, at: (2 * place + 1) * SharedCounter.stride) }
    /// For how many steps the totals of all nodes are known.
    var known: SharedCounter { SharedCounter(buffer, at: 2 * ranks * SharedCounter.stride) }

    private var totalsOffset: Int { (2 * ranks + 1) * SharedCounter.stride }
    private var totalsSize: Int { Tensor.elements(ofDoubles: totals) }

    /// A rank's totals. The totals of all nodes follow those of the last rank.
    func totals(_ place: Int) -> Tensor { Tensor(buffer, at: totalsOffset + place * totalsSize, shape: [totalsSize]) }
    var allTotals: Tensor { totals(ranks) }

    private var valuesOffset: Int { totalsOffset + (ranks + 1) * totalsSize }

    func values(_ range: Range<Int>) -> Tensor {
        Tensor(buffer, at: valuesOffset + range.lowerBound, shape: [range.count])
    }
    private func gradientsOffset(_ place: Int, _ part: Int) -> Int { valuesOffset + (1 + place * parts + part) * count }

    func gradients(_ place: Int, _ part: Int, _ range: Range<Int>) -> Tensor {
        Tensor(buffer, at: gradientsOffset(place, part) + range.lowerBound, shape: [range.count])
    }

    /// The memory for a rank's reductions over the nodes.
    func reduction(_ place: Int, _ sums: NodeSums, gathersValues: Bool) -> SegmentReduction.Memory {
        let total = gradientsOffset(place, 0)
        return SegmentReduction.Memory(
            buffer: buffer, sums: sums.places.map { gradientsOffset($0.place, $0.part) }, total: total,
            gathered: gathersValues ? valuesOffset : total)
    }
}
