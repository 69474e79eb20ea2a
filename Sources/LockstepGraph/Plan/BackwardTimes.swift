/// When backward computes each operation of a plan, and when it computes operations again.
struct BackwardTimes {
    private(set) var backward: [Int]
    /// Nil for an operation that is computed once.
    private(set) var recomputation: [Int?]
    /// For each operation, its block; nil if it is in none.
    private(set) var block: [Int?]
    /// The end of the step.
    let end: Int

    init(of recomputation: Recomputation, nodes: Int) {
        backward = Array(repeating: 0, count: nodes)
        self.recomputation = Array(repeating: nil, count: nodes)
        block = self.recomputation
        var (time, next) = (nodes + 1, recomputation.blocks.count - 1)
        for number in (0..<nodes).reversed() {
            if next >= 0, number < recomputation.blocks[next].operations.upperBound {
                for again in recomputation.blocks[next].recomputed {
                    time += 1
                    self.recomputation[again] = time
                }
                for inside in recomputation.blocks[next].operations { block[inside] = next }
                next -= 1
            }
            time += 1
            backward[number] = time
        }
        end = time + 1
    }
}
