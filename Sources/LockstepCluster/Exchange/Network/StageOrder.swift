import LockstepCompute

/// The sums that the nodes of a stage's group bring, and the order in which they are added.
package struct StageOrder {
    /// How many sums each node brings.
    package let counts: [Int]
    package let additions: SumTree.Additions

    /// One sum of each node. They are added in the order of a schedule whose radices are prime, digit by digit. So the
    /// bits are the same for all radices that a link's measured speed may suggest.
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
    /// - Parameter leaves: for each node, the micro-shards of each of its sums.
    package init(_ leaves: [[Range<Int>]], tree: SumTree) {
        counts = leaves.map(\.count)
        additions = tree.additions(of: leaves.flatMap { $0 })
    }
}
