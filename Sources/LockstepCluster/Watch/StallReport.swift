/// A report of what all ranks were doing when one had waited too long. It says which ranks are missing.
public struct StallReport: Equatable, Sendable, CustomStringConvertible {
    /// In the order of the ranks.
    package let states: [RankState]
    /// The seconds a rank may wait.
    package let limit: Double

    package init(_ states: [RankState], limit: Double) {
        self.states = states
        self.limit = limit
    }

    /// The rank that has waited longest.
    package var first: RankState? { states.filter { $0.wait != nil }.max { $0.seconds < $1.seconds } }

    /// The ranks that others wait for and that do not wait themselves, and the ranks that do not answer. If there are
    /// none, the ranks wait in different calls; then the ranks that have begun fewer calls.
    package var missing: [Int] {
        let waiting = states.filter { $0.wait != nil }
        var wanted: Set<Int> = []
        for state in waiting {
            if let peer = state.wait?.peer { wanted.insert(peer) } else { wanted.formUnion(behind(state.calls)) }
        }
        let missing = wanted.filter { rank in !waiting.contains { $0.rank == rank } }
        let silent = states.filter { !$0.answers }.map(\.rank)
        if !missing.isEmpty || !silent.isEmpty { return missing.union(silent).sorted() }
        return behind(waiting.map(\.calls).max() ?? 0)
    }

    /// The ranks that have begun fewer than `calls` calls.
    private func behind(_ calls: Int) -> [Int] { states.filter { $0.answers && $0.calls < calls }.map(\.rank) }

    public var description: String {
        let first = first.map {
            "rank \($0.rank) on \($0.host) has waited \(seconds($0.seconds)) in \($0.wait?.call ?? "")"
        }
        let rows = states.map { state in
            [
                (missing.contains(state.rank) ? "* " : "  ") + "\(state.rank)", state.host, "\(state.processID)",
                state.answers ? state.doing : "does not answer: it is stopped, or its host is",
                state.wait.map { "\($0.call)" + ($0.peer == nil ? " (call \(state.calls))" : "") }
                    ?? (state.answers ? "nothing (call \(state.calls) is over)" : "?"),
                state.answers ? seconds(state.seconds) : "?",
            ]
        }
        return """
            stall: \(first ?? "ranks wait for one another"); \(missingText)
            \(table([["  rank", "host", "process", "at", "waits in", "for"]] + rows))
            \(advice)
            """
    }

    private var missingText: String {
        let names = missing.map { rank in
            "rank \(rank)" + (states.first { $0.rank == rank }.map { " on \($0.host)" } ?? "")
        }
        switch names.count {
        case 0: return "no rank is missing, so messages are lost, or the ranks wait for one another"
        case 1: return "\(names[0]) is missing"
        default: return names.joined(separator: ", ") + " are missing"
        }
    }

    private var advice: String {
        "Look at the ranks marked *: `gdb -p PROCESS` on their host shows where one is. If the wait was right, raise "
            + "LOCKSTEP_STALL_LIMIT, \(number(limit)) seconds now."
    }

    private func seconds(_ value: Double) -> String { "\(number((value * 10).rounded() / 10)) s" }
    private func number(_ value: Double) -> String { value == value.rounded() ? "\(Int(value))" : "\(value)" }

    /// A table whose columns are as wide as their widest cell. The last column is not padded.
    private func table(_ rows: [[String]]) -> String {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = row.indices.map { column in
                column == row.count - 1
                    ? row[column] : row[column] + String(repeating: " ", count: widths[column] - row[column].count)
            }
            return cells.joined(separator: "  ")
        }.joined(separator: "\n")
    }
}
