import LockstepCompute

/// What the nodes of a stage's group bring, and in which order it is added.
package struct StageOrder {
    /// How many sums each node brings.
    package let counts: [Int]
    package let additions: SumTree.Additions

    /// One sum of each node, in the order of the digits that a schedule with smaller radices would take one after
    /// another: so the bits are the same whichever of them a link's measured speed suggests.
    package init(radix: Int) {
        counts = Array(repeating: 1, count: radix)
        var additions = SumTree.Additions()
        var unit = 1
        for factor in ReductionSchedule.primes(of: radix) {
            for first in stride(from: 0, to: radix, by: unit * factor) {
                for digit in 1..<factor { additions.pairs.append(.init(first, first + digit * unit)) }
            }
            unit *= factor
        }
        additions.results = [.init(operand: 0, leaves: 0..<0)]
        self.additions = additions
    }

    /// Sums of micro-shards, in the order of their tree.
    ///
    /// - Parameter leaves: for each node those that its sums are of.
    package init(_ leaves: [[Range<Int>]], tree: SumTree) {
        counts = leaves.map(\.count)
        additions = tree.additions(of: leaves.flatMap { $0 })
    }
}
