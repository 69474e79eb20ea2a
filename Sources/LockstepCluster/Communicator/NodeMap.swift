/// How the ranks are grouped into nodes, as one rank sees it. The ranks of a node share memory.
package struct NodeMap: Equatable, Sendable {
    /// The ranks of each node, ascending; the nodes in the order of their first ranks.
    package let members: [[Int]]
    /// This rank's node.
    package let node: Int
    /// This rank's place in its node.
    package let place: Int

    /// - Parameters:
    ///   - leaders: for each rank, the lowest rank of its node.
    ///   - rank: the rank whose view this is.
    package init(leaders: [Int], rank: Int) {
        members = Set(leaders).sorted().map { leader in leaders.indices.filter { leaders[$0] == leader } }
        node = members.firstIndex { $0.contains(rank) } ?? 0
        place = members[node].firstIndex(of: rank) ?? 0
    }

    /// The ranks of this rank's node.
    package var neighbours: [Int] { members[node] }
}
