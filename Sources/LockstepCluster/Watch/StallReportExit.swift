extension StallReport {
    /// Whether the longest wait has reached the limit, and is not part of a good end: ranks that have finished may wait
    /// as long as the others work.
    package var isStall: Bool {
        guard let first, first.seconds >= limit else { return false }
        return states.contains { $0.wait.map { !$0.isEnd } ?? !$0.answers }
    }

    /// One line of text if another rank waits for a rank that has left; otherwise nil. The wait never ends: it is for a
    /// call that the rank has not begun, or for a message from the rank.
    ///
    /// - Parameter exits: for each rank that has left, how many calls it had done.
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
