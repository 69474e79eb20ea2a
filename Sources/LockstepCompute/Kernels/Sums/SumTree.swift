/// The order in which the sums of a batch's micro-shards are added, on any number of ranks: a binary tree whose leaves
/// are the micro-shards.
///
/// A node of width 2ᵏ begins at a multiple of 2ᵏ and spans 2ᵏ leaves, or fewer at the end. It is the sum of its halves,
/// the lower one first. If there is no upper half, it is its lower half. Each rank takes neighbouring leaves and makes
/// the sums of some whole subtrees. The tree then adds these, with the same bits as if one rank had done everything.
package struct SumTree: Equatable, Sendable {
    package let leaves: Int

    package init(leaves: Int) {
        precondition(leaves > 0, "a tree of \(leaves) leaves")
        self.leaves = leaves
    }

    /// Additions that make the sums of larger subtrees from those of smaller ones.
    package struct Additions: Equatable, Sendable {
        /// Each pair adds its second operand to its first. The sum takes the place of the first.
        package var pairs: [Pair] = []
        /// The final sums, in order: those of the largest subtrees whose leaves are all there.
        package var results: [Result] = []

        package init() {}

        package struct Pair: Equatable, Sendable {
            package let sum, addend: Int

            package init(_ sum: Int, _ addend: Int) { (self.sum, self.addend) = (sum, addend) }
        }

        package struct Result: Equatable, Sendable {
            /// The operand whose place the sum takes.
            package let operand: Int
            /// The leaves that it is the sum of.
            package let leaves: Range<Int>

            package init(operand: Int, leaves: Range<Int>) { (self.operand, self.leaves) = (operand, leaves) }
        }
    }

    /// The largest whole subtrees of a range of leaves, in order.
    package func subtrees(of range: Range<Int>) -> [Range<Int>] {
        additions(of: range.map { $0..<$0 + 1 }).results.map(\.leaves)
    }

    /// How operands are added. Each operand is the sum of a subtree. The whole tree gives one result.
    package func additions(of operands: [Range<Int>]) -> Additions {
        var width = 1
        while width < leaves { width *= 2 }
        var additions = Additions()
        if let root = add(0..<leaves, width: width, operands, &additions) {
            additions.results.append(Additions.Result(operand: root, leaves: 0..<leaves))
        }
        return additions
    }

    /// The operand whose place the sum of a node takes. Nil if some of its leaves are not there; then the subtrees that
    /// are complete become results.
    private func add(_ node: Range<Int>, width: Int, _ operands: [Range<Int>], _ additions: inout Additions) -> Int? {
        if let operand = operands.firstIndex(of: node) { return operand }
        guard width > 1 else { return nil }
        let middle = node.lowerBound + width / 2
        guard middle < node.upperBound else { return add(node, width: width / 2, operands, &additions) }
        let lower = add(node.lowerBound..<middle, width: width / 2, operands, &additions)
        let place = additions.results.count
        let upper = add(middle..<node.upperBound, width: width / 2, operands, &additions)
        guard let lower, let upper else {
            if let lower {
                additions.results.insert(.init(operand: lower, leaves: node.lowerBound..<middle), at: place)
            }
            if let upper { additions.results.append(.init(operand: upper, leaves: middle..<node.upperBound)) }
            return nil
        }
        additions.pairs.append(Additions.Pair(lower, upper))
        return lower
    }
}
