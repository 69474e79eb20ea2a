extension StallReport {
    /// Whether the longest wait is longer than it may be, and no good end: who has finished waits for the others as
    /// long as they work.
    package var isStall: Bool {
        guard let first, first.seconds >= limit else { return false }
        return states.contains { $0.wait.map { !$0.isEnd } ?? !$0.answers }
    }

    /// One line, if a rank has left that others wait for: a call that it has not begun, or a message from it, will
    /// never come.
    ///
    /// - Parameter exits: of the ranks that have left, how many calls they had done.
    package static func exit(_ exits: [Int: Int], _ states: [RankState]) -> String? {
        for (rank, calls) in exits.sorted(by: { $0.key < $1.key }) {
            for state in states where exits[state.rank] == nil && state.seconds > 2 {
                guard let wait = state.wait, wait.peer.map({ $0 == rank }) ?? (state.calls > calls) else { continue }
                let host = states.first { $0.rank == rank }?.host ?? "?"
                return
                    "rank \(rank) on \(host): ended with exit status 0 while rank \(state.rank) on \(state.host) waits for it in "
                    + "\(wait.call), at \(state.doing)"
            }
        }
        return nil
    }
}
