/// The one order in which the sums of a batch's micro-shards are added, whoever has made them: a binary tree over them
/// as its leaves.
///
/// A node of width 2ᵏ spans the leaves from a multiple of 2ᵏ on, as many of the 2ᵏ as there are; it is the sum of its
/// halves, the lower one first, or its lower half where there is no upper one. Ranks that take neighbouring leaves each
/// come to the sums of some whole subtrees, which the tree then puts together, with the same bits as if one rank had
/// done it all.
package struct SumTree: Equatable, Sendable {
    package let leaves: Int

    package init(leaves: Int) {
        precondition(leaves > 0, "a tree of \(leaves) leaves")
        self.leaves = leaves
    }

    /// Sums of subtrees, on their way to larger ones.
    package struct Additions: Equatable, Sendable {
        /// Each adds the second of two operands to the first, whose place the sum takes.
        package var pairs: [Pair] = []
        /// What there is in the end, in order: the largest subtrees of which all is there.
        package var results: [Result] = []

        package init() {}

        package struct Pair: Equatable, Sendable {
            package let sum, addend: Int

            package init(_ sum: Int, _ addend: Int) { (self.sum, self.addend) = (sum, addend) }
        }

        package struct Result: Equatable, Sendable {
            /// The operand that has its place.
            package let operand: Int
            /// Of which it is the sum.
            package let leaves: Range<Int>

            package init(operand: Int, leaves: Range<Int>) { (self.operand, self.leaves) = (operand, leaves) }
        }
    }

    /// The largest whole subtrees of a range of leaves, in order.
    package func subtrees(of range: Range<Int>) -> [Range<Int>] {
        additions(of: range.map { $0..<$0 + 1 }).results.map(\.leaves)
    }

    /// How operands that each are the sum of a subtree are added; of the whole tree there is one result.
    package func additions(of operands: [Range<Int>]) -> Additions {
        var width = 1
        while width < leaves { width *= 2 }
        var additions = Additions()
        if let root = add(0..<leaves, width: width, operands, &additions) {
            additions.results.append(Additions.Result(operand: root, leaves: 0..<leaves))
        }
        return additions
    }

    /// The operand whose place the sum of a node takes; nil if not all of it is there, and what is has become results.
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
